/** The end of an op on a data transfer connection: a refusal for the peer, and whether a further op may follow. */
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { BlockOpResponseProto, type Status } from '../../protocol/gen/messages.ts';
import { errorCode, HadoopError, isHadoopError } from '../../runtime/errors.ts';

/** Whether the connection may serve a further op. */
export type Outcome = 'reuse' | 'close';

/** Answers an op with a failure, after which the connection is closed. */
export async function refuse(connection: DataConnection, status: Status, message: string): Promise<Outcome> {
  await connection.sendMessage(BlockOpResponseProto, { status, message });
  return 'close';
}

/** Returns the message of a failure as Hadoop's clients expect it: behind its Java class. */
export function javaMessage(e: unknown): string {
  return e instanceof HadoopError ? `${e.javaClass}: ${e.message}` : String(e);
}

/** Whether the peer was silent for too long. */
export function isTimeout(e: unknown): boolean {
  return errorCode(e) === 'ETIMEDOUT';
}

const GONE = new Set(['EOF', 'EPIPE', 'ECONNRESET', 'ECONNABORTED', 'ERR_STREAM_DESTROYED']);

/** Whether the peer has closed or reset the connection. */
export function isPeerGone(e: unknown): boolean {
  return GONE.has(errorCode(e) ?? '') || isHadoopError(e, 'EOFException');
}
