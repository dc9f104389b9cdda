// The types of the package bzip2-wasm, which has none.
declare module 'bzip2-wasm' {
  export default class BZip2 {
    wasmModule: unknown;
    init(): Promise<void>;
  }
}
