// Tests that start the real programs find them built.
import { entry } from '../../build/bundle.js';

export default async function setup(): Promise<void> {
  await entry('engine');
}
