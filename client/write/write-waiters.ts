import type { HadoopError } from '../../runtime/errors.ts';

interface Waiter {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: HadoopError) => void;
}

/** One call's wait for an ack. */
export interface AckWaiter extends Waiter {
  readonly seqno: number;
}

/** Calls of a file's user that wait: for room in the queues, for an ack, for the file to be closed. */
export class WriteWaiters {
  #ackedSeqno = -1;
  #forRoom: (() => void)[] = [];
  #forAck: AckWaiter[] = [];
  #forClose: Waiter[] = [];

  /** Resolves too when the write fails. */
  room(): Promise<void> {
    return new Promise<void>((resolve) => this.#forRoom.push(resolve));
  }

  /** For every DataNode to have the packets up to `seqno`; undefined: they have. */
  acked(seqno: number): AckWaiter | undefined {
    if (this.#ackedSeqno >= seqno) return undefined;
    const waiter = { seqno, ...newWaiter() };
    this.#forAck.push(waiter);
    return waiter;
  }

  giveUp(waiter: AckWaiter, error: HadoopError): void {
    this.#forAck = this.#forAck.filter((w) => w !== waiter);
    waiter.reject(error);
  }

  closed(): Promise<void> {
    const waiter = newWaiter();
    this.#forClose.push(waiter);
    return waiter.promise;
  }

  get isRoomWanted(): boolean {
    return this.#forRoom.length > 0;
  }

  thereIsRoom(): void {
    for (const wake of this.#forRoom.splice(0)) wake();
  }

  ackedThrough(seqno: number): void {
    this.#ackedSeqno = seqno;
    if (this.#forAck.length === 0) return;
    const done = this.#forAck.filter((w) => w.seqno <= seqno);
    this.#forAck = this.#forAck.filter((w) => w.seqno > seqno);
    for (const waiter of done) waiter.resolve();
  }

  fileIsClosed(): void {
    for (const waiter of this.#forClose.splice(0)) waiter.resolve();
  }

  fail(error: HadoopError): void {
    this.thereIsRoom();
    for (const waiter of [...this.#forAck.splice(0), ...this.#forClose.splice(0)]) waiter.reject(error);
  }
}

function newWaiter(): Waiter {
  let resolve = (): void => undefined;
  let reject = (_error: HadoopError): void => undefined;
  const promise = new Promise<void>((onDone, onError) => {
    resolve = onDone;
    reject = onError;
  });
  return { promise, resolve, reject };
}
