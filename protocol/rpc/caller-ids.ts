/** The ids under which the answers of a connection's calls are kept, so that a client gets no answer of another client. */
import { createHash } from 'node:crypto';
import { hadoopError } from '../../runtime/errors.ts';

const ID_BYTES = 16;

interface Known {
  readonly clientId: Uint8Array;
  readonly callerId: Uint8Array;
}

/**
 * A client chooses its id itself, so two clients may have the same one. Hadoop's retry cache then answers the calls of one
 * with the answers of the other. Here the id that counts is a digest of client id, users and method: 16 bytes, as in the
 * store, of which nobody can choose the value.
 */
export class CallerIds {
  /** The last id of each method: a connection has one client id, and a server few methods. */
  readonly #known = new Map<string, Known>();

  /**
   * Returns 16 bytes; the same ones for the same arguments, also after a restart of the server.
   * @throws IllegalArgumentException for a client id that is no UUID, as Hadoop's RetryCache
   */
  of(clientId: Uint8Array, user: string, realUser: string | undefined, method: string): Uint8Array {
    if (clientId.length !== ID_BYTES) {
      const reason = `Invalid clientId - length is ${clientId.length} expected length ${ID_BYTES}`;
      throw hadoopError('IllegalArgumentException', reason);
    }
    const known = this.#known.get(method);
    if (known && Buffer.compare(known.clientId, clientId) === 0) return known.callerId;
    const hash = createHash('sha256')
      .update(clientId)
      .update(JSON.stringify([user, realUser ?? null, method]));
    const callerId = new Uint8Array(hash.digest().subarray(0, ID_BYTES));
    this.#known.set(method, { clientId: Uint8Array.from(clientId), callerId });
    return callerId;
  }
}
