/** The calls of a file's user that wait while the file is written. */
import { type Deferred, deferred } from '../../runtime/promises.ts';

/** A call that waits for the ack of a packet. */
export interface AckWaiter extends Deferred<void> {
  readonly seqno: number;
}

/** Calls that wait for room in the queues, for an ack, or for the end of the file. */
export class WriteWaiters {
  #ackedSeqno = -1;
  #forRoom: (() => void)[] = [];
  #forAck: AckWaiter[] = [];
  #forClose: Deferred<void>[] = [];

  /** Waits for room in the queues. Resolves too when the write fails. */
  room(): Promise<void> {
    return new Promise<void>((resolve) => this.#forRoom.push(resolve));
  }

  /** Waits until every DataNode has the packets up to `seqno`; undefined if they have them already. */
  acked(seqno: number): AckWaiter | undefined {
    if (this.#ackedSeqno >= seqno) return undefined;
    const waiter = { seqno, ...deferred() };
    this.#forAck.push(waiter);
    return waiter;
  }

  giveUp(waiter: AckWaiter, error: Error): void {
    this.#forAck = this.#forAck.filter((w) => w !== waiter);
    waiter.reject(error);
  }

  closed(): Promise<void> {
    const waiter = deferred();
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

  fail(error: Error): void {
    this.thereIsRoom();
    for (const waiter of [...this.#forAck.splice(0), ...this.#forClose.splice(0)]) waiter.reject(error);
  }
}
