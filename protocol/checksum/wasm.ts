/**
 * The part of WebAssembly's binary format that a small module needs. Expressions are byte arrays that nest as they do in
 * the text format, so that no build step is needed and readers see the code that runs.
 */

/** The bytes of an expression, which leaves one value, or of a statement, which leaves none. */
export type Code = readonly number[];

const I32 = 0x7f;
const VOID = 0x40;

function unsigned(value: number): number[] {
  const bytes = [];
  for (let rest = value >>> 0; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

function signed(value: number): number[] {
  const bytes = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const last = rest >> 6 === 0 || rest >> 6 === -1;
    bytes.push(last ? rest & 0x7f : (rest & 0x7f) | 0x80);
    if (last) return bytes;
  }
}

/** Joins code. concat() is much faster than flat(), and the first checksum waits for it. */
const joined = (codes: readonly Code[]): Code => ([] as Code).concat(...codes);

const binary =
  (opcode: number) =>
  (a: Code, b: Code): Code =>
    a.concat(b, opcode);
const ALIGNMENT_ANY = 0;

export const i32 = {
  const: (value: number): Code => [0x41, ...signed(value)],
  /** Loads the four bytes at `address + offset`, little-endian. */
  load: (address: Code, offset = 0): Code => address.concat(0x28, ALIGNMENT_ANY, unsigned(offset)),
  load8: (address: Code, offset = 0): Code => [...address, 0x2d, ALIGNMENT_ANY, ...unsigned(offset)],
  store: (address: Code, value: Code, offset = 0): Code => address.concat(value, 0x36, ALIGNMENT_ANY, unsigned(offset)),
  add: binary(0x6a),
  sub: binary(0x6b),
  and: binary(0x71),
  or: binary(0x72),
  xor: binary(0x73),
  shl: binary(0x74),
  shrU: binary(0x76),
  rotl: binary(0x77),
  ltU: binary(0x49),
  geU: binary(0x4f),
  eqz: (a: Code): Code => [...a, 0x45],
};

/** Operations on vectors of 16 bytes. */
export const v128 = {
  load: (address: Code, offset = 0): Code => address.concat(0xfd, 0x00, ALIGNMENT_ANY, unsigned(offset)),
  store: (address: Code, value: Code, offset = 0): Code =>
    address.concat(value, 0xfd, 0x0b, ALIGNMENT_ANY, unsigned(offset)),
  xor: (a: Code, b: Code): Code => a.concat(b, 0xfd, 0x51),
};

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number, value: Code): Code => [...value, 0x21, ...unsigned(local)];
export const select = (whenTrue: Code, whenFalse: Code, condition: Code): Code => [
  ...whenTrue,
  ...whenFalse,
  ...condition,
  0x1b,
];
/** Repeats `body` while `condition` holds. The condition is tested before each round. */
export const loopWhile = (condition: Code, ...body: Code[]): Code => [
  ...[0x02, VOID, 0x03, VOID], // block, loop
  ...i32.eqz(condition),
  ...[0x0d, 1], // leave the block
  ...joined(body),
  ...[0x0c, 0], // repeat the loop
  ...[0x0b, 0x0b],
];

const vector = (items: Code[]): Code => unsigned(items.length).concat(joined(items));
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const name = (text: string): number[] => [...unsigned(text.length), ...Buffer.from(text, 'latin1')];

/** A function without a result. Its parameters and its further locals are of type i32. */
export interface WasmFunction {
  readonly name: string;
  readonly parameters: number;
  readonly locals: number;
  readonly body: Code;
}

/** Returns a module of one function, which works on the imported memory `env.memory`. */
export function moduleOf(f: WasmFunction): Uint8Array<ArrayBuffer> {
  const type = [0x60, ...vector(Array.from({ length: f.parameters }, () => [I32])), 0];
  const code = [...vector([[...unsigned(f.locals), I32]]), ...f.body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, vector([type])),
    ...section(2, vector([[...name('env'), ...name('memory'), 2, 0, 1]])), // imports a memory of at least one page
    ...section(3, vector([[0]])),
    ...section(7, vector([[...name(f.name), 0, 0]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
}

interface WebAssemblyApi {
  readonly Memory: new (limits: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array<ArrayBuffer>) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> };
}

/** Node's WebAssembly, which TypeScript declares for browsers only. */
export const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };
