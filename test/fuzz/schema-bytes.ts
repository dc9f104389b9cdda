// Makes random bytes that follow a message's schema.
import fs from 'node:fs';
import path from 'node:path';
import protobuf from 'protobufjs';
import type { SeededRandom } from './random.ts';

const INTEGERS = [0, 1, -1, 2, 127, 128, 1001, 16385, 2 ** 31 - 1, -(2 ** 31), 1073741825];
const LONGS = [0, 1, -1, 134217728, 2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 62, -(2 ** 62), 1700000000000];
const TEXTS = ['', '/', '/user/alice/file', 'DISK', '127.0.0.1', 'ä€😀', '../..', '\0', 'a/b//c/', 'x'.repeat(300)];
const DEPTH_MAX = 4;

/** The messages that the .proto files declare. Makes encoded messages with random fields. */
export class Schema {
  readonly #root: protobuf.Root;

  constructor(protoDir: string) {
    const root = new protobuf.Root();
    root.resolvePath = (_origin, target) => (path.isAbsolute(target) ? target : path.join(protoDir, target));
    const files = fs.readdirSync(protoDir).filter((name) => name.endsWith('.proto'));
    root.loadSync(
      files.map((name) => path.join(protoDir, name)),
      { keepCase: true },
    );
    root.resolveAll();
    this.#root = root;
  }

  /** Returns an encoded message with random fields. @param name full name. @throws Error for an unknown name */
  bytesOf(name: string, random: SeededRandom): Buffer {
    return Buffer.from(this.#encode(this.#root.lookupType(name), random, 0).finish());
  }

  #encode(type: protobuf.Type, random: SeededRandom, depth: number): protobuf.Writer {
    const writer = protobuf.Writer.create();
    for (const field of type.fieldsArray) {
      const count = fieldCount(field, random, depth);
      if (field.repeated && field.packed && count > 0) this.#packed(field, count, random, writer);
      else for (let i = 0; i < count; i++) this.#field(field, random, depth, writer);
    }
    return writer;
  }

  #field(field: protobuf.Field, random: SeededRandom, depth: number, writer: protobuf.Writer): void {
    const { resolvedType } = field;
    if (resolvedType instanceof protobuf.Type) {
      writer.uint32((field.id << 3) | 2).bytes(this.#encode(resolvedType, random, depth + 1).finish());
      return;
    }
    const type = resolvedType instanceof protobuf.Enum ? 'int32' : field.type;
    writer.uint32((field.id << 3) | ((protobuf.types.basic as Record<string, number>)[type] ?? 0));
    writeScalar(type, resolvedType, random, writer);
  }

  #packed(field: protobuf.Field, count: number, random: SeededRandom, writer: protobuf.Writer): void {
    const type = field.resolvedType instanceof protobuf.Enum ? 'int32' : field.type;
    writer.uint32((field.id << 3) | 2).fork();
    for (let i = 0; i < count; i++) writeScalar(type, field.resolvedType, random, writer);
    writer.ldelim();
  }
}

function fieldCount(field: protobuf.Field, random: SeededRandom, depth: number): number {
  if (field.required) return 1;
  if (depth >= DEPTH_MAX) return 0;
  return field.repeated ? random.below(4) : random.below(2);
}

function writeScalar(
  type: string,
  resolvedType: protobuf.ReflectionObject | null,
  random: SeededRandom,
  writer: protobuf.Writer,
): void {
  if (resolvedType instanceof protobuf.Enum) {
    const values = Object.values(resolvedType.values);
    writer.int32(random.pick(values));
  } else if (type === 'string') writer.string(random.pick(TEXTS));
  else if (type === 'bytes') writer.bytes(random.bytes(random.below(24)));
  else if (type === 'bool') writer.bool(random.oneIn(2));
  else if (type === 'double' || type === 'float') writer[type](random.below(1000) / 7);
  else if (type.endsWith('64')) writer[type as 'int64'](random.pick(LONGS));
  else writer[type as 'int32'](random.pick(INTEGERS));
}
