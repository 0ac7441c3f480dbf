/**
 * The state as bytes, taken between two lines, so nothing may be slow about it. V8 serialises all of it
 * but the large arrays, ids of executions by the million: it would move them each time its buffer has to
 * grow. They are copied behind the rest, once.
 *
 * ```
 * length of the rest   the rest: V8's format, a large array stands as kind and bytes   large arrays
 *          8
 * ```
 */
import { DefaultDeserializer, DefaultSerializer } from 'node:v8';

const NO_BYTES = Buffer.alloc(0);
const HEADER_BYTES = 8;
/** States grow. */
const ROOM = 1.25;
const LARGE_BYTES = 65_536;

/** What large arrays there are. */
const KINDS = [Int32Array, Float64Array, Uint8Array] as const;
/** Written before an array that is not large. */
const SMALL = KINDS.length;

class StateSerializer extends DefaultSerializer {
  readonly large: Uint8Array[] = [];

  _writeHostObject(view: NodeJS.TypedArray): void {
    const kind = KINDS.findIndex((one) => view.constructor === one);
    if (kind < 0 || view.byteLength < LARGE_BYTES) {
      this.writeUint32(SMALL);
      // Node's types do not have it.
      (DefaultSerializer.prototype as unknown as StateSerializer)._writeHostObject.call(this, view);
      return;
    }
    this.writeUint32(kind);
    this.writeUint32(view.byteLength);
    this.large.push(new Uint8Array(view.buffer, view.byteOffset, view.byteLength));
  }
}

class StateDeserializer extends DefaultDeserializer {
  readonly #bytes: Uint8Array;
  /** Where the next large array begins. */
  #at: number;

  constructor(bytes: Uint8Array, restEnd: number) {
    super(bytes.subarray(HEADER_BYTES, restEnd));
    this.#bytes = bytes;
    this.#at = restEnd;
  }

  _readHostObject(): unknown {
    const kind = this.readUint32();
    if (kind === SMALL)
      return (DefaultDeserializer.prototype as unknown as StateDeserializer)._readHostObject.call(
        this,
      );
    const length = this.readUint32();
    // A copy, which may be written to; a Buffer's own `slice` would be none.
    const bytes = Uint8Array.prototype.slice.call(this.#bytes, this.#at, this.#at + length);
    const Kind = KINDS[kind];
    if (Kind === undefined || bytes.length !== length) throw new Error('torn');
    this.#at += length;
    return new Kind(bytes.buffer);
  }
}

/** @param into memory to use where it is large enough: taking new memory costs more than filling it */
export function bytesOf(state: object, into: Buffer = NO_BYTES): Buffer {
  const serializer = new StateSerializer();
  serializer.writeHeader();
  serializer.writeValue(state);
  const rest = serializer.releaseBuffer();
  const { large } = serializer;
  const length = large.reduce((sum, view) => sum + view.length, HEADER_BYTES + rest.length);
  const bytes =
    length <= into.length
      ? into.subarray(0, length)
      : Buffer.allocUnsafeSlow(Math.ceil(length * ROOM)).subarray(0, length);
  bytes.writeDoubleLE(rest.length);
  bytes.set(rest, HEADER_BYTES);
  let at = HEADER_BYTES + rest.length;
  for (const view of large) {
    bytes.set(view, at);
    at += view.length;
  }
  return bytes;
}

/** @throws where the bytes are not what `bytesOf` gave */
export function stateOf(bytes: Uint8Array): unknown {
  const { buffer, byteOffset, byteLength } = bytes;
  const restBytes = new DataView(buffer, byteOffset, byteLength).getFloat64(0, true);
  const deserializer = new StateDeserializer(bytes, HEADER_BYTES + restBytes);
  deserializer.readHeader();
  return deserializer.readValue();
}
