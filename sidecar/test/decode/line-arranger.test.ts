import { describe, expect, test } from 'vitest';
import { LineArranger } from '../../src/decode/line-arranger.ts';
import { input } from '../../src/decode/scanner-memory.ts';
import { LINE_BYTES_MAX } from '../../src/follow/line-sink.ts';

const place = Buffer.alloc(LINE_BYTES_MAX);
const arranger = new LineArranger(place);
function arranged(line: string): string | undefined {
  input.fill(0, input.write(line));
  const length = arranger.arrange(input.byteOffset, input.byteOffset + Buffer.byteLength(line));
  return length < 0 ? undefined : place.toString('utf8', 0, length);
}

describe('the fields of a line are brought into the order of the engine', () => {
  test.each([
    ['{"event":"md.fresh","level":"info"}', '{"level":"info","event":"md.fresh"}'],
    [
      '{"msg":"m","event":"md.book","bids":[["1","2"]],"v":1}',
      '{"v":1,"event":"md.book","bids":[["1","2"]],"msg":"m"}',
    ],
    [
      '{"asks":[],"event":"md.book","bids":[["]","["]]}',
      '{"event":"md.book","bids":[["]","["]],"asks":[]}',
    ],
    // What stands between the seams is for the scanner to judge.
    ['{"v":nonsense,"event":"md.fresh","seq":}', '{"v":nonsense,"seq":,"event":"md.fresh"}'],
  ])('%s', (line, order) => {
    expect(arranged(line)).toBe(order);
  });
});

describe('a line is left alone', () => {
  test.each([
    ['that is empty', ''],
    ['without a field', '{}'],
    ['without an event', '{"level":"info"}'],
    ['of an unknown event', '{"event":"md.what"}'],
    ['of an event that is read from JSON', '{"event":"engine.snapshot"}'],
    ['with a key twice', '{"event":"md.fresh","v":1,"v":1}'],
    ['with an unknown key', '{"event":"md.fresh","what":1}'],
    ['with another event’s key', '{"event":"md.fresh","px":"1"}'],
    ['with white space', '{"event": "md.fresh"}'],
    ['with an escape', '{"event":"md.fresh","msg":"\\u0041"}'],
    ['with an object', '{"event":"md.fresh","msg":{"a":1}}'],
    ['with a comma too many', '{"event":"md.fresh",}'],
    ['with more after its end', '{"event":"md.fresh"}}'],
    ['that is cut in a text', '{"event":"md.fresh","msg":"a'],
    ['that is cut in an array', '{"event":"md.book","bids":[["1"'],
    ['too long to be one', `{"event":"md.fresh","msg":"${'x'.repeat(65_536)}"}`],
  ])('%s', (_, line) => {
    expect(arranged(line)).toBeUndefined();
  });
});
