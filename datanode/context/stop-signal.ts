/** The request of any part of a DataNode for the DataNode's end. */
import { deferred } from '../../runtime/promises.ts';

export interface StopRequest {
  /** The failure or the bug that ends the DataNode; undefined if a person or a program asked for the stop. */
  readonly reason?: Error;
  /** Whether writers are told to wait for this DataNode's restart. */
  readonly forRestart?: boolean;
}

/** Takes the first request to stop from the DataNode's parts; the DataNode waits for it. */
export class StopSignal {
  readonly #requested = deferred<StopRequest>();
  #isRequested = false;

  get isRequested(): boolean {
    return this.#isRequested;
  }

  /** Resolves at the first request. */
  get requested(): Promise<StopRequest> {
    return this.#requested.promise;
  }

  /** A second request changes nothing. */
  request(request: StopRequest): void {
    this.#isRequested = true;
    this.#requested.resolve(request);
  }
}
