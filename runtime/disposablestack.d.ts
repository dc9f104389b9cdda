/** The package has no types of its own; the class has those of TypeScript's library. */
declare module 'disposablestack/AsyncDisposableStack/polyfill' {
  /** Returns Node's own AsyncDisposableStack where it has one, else the package's. */
  export default function getPolyfill(): typeof AsyncDisposableStack;
}
