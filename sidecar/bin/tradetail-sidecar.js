#!/usr/bin/env node
import { entry } from '../../build/bundle.js';

await import((await entry('sidecar')).href);
