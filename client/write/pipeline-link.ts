/** The connection of a writer to its pipeline. */
import type { DataChecksum } from '../../protocol/checksum/checksum.ts';
import type { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { HEARTBEAT_SEQNO, type Packet } from '../../protocol/datatransfer/data-transfer.ts';
import { HadoopError } from '../../runtime/errors.ts';
import { xferAddress } from '../dfs/block-format.ts';
import type { DfsClient } from '../dfs/dfs-client.ts';
import type { StepTeller } from '../dfs/explain.ts';
import { openPipeline, SetupError, transferBlock } from './block-writer.ts';
import { ackFacts } from './pipeline-ack.ts';
import type { Effect, PipelineEvent } from './pipeline-events.ts';

const NO_BYTES = Buffer.alloc(0);

/** The connection of a writer to the first DataNode of its pipeline: sends packets, and turns acks into events. */
export class PipelineLink {
  readonly #client: DfsClient;
  readonly #file: { readonly blockSizeBytes: number };
  readonly #checksum: DataChecksum;
  readonly #teller: StepTeller;
  readonly #onEvent: (event: PipelineEvent) => void;
  #connection: DataConnection | undefined;
  readonly #closing = new AbortController();

  constructor(
    client: DfsClient,
    file: { readonly blockSizeBytes: number },
    checksum: DataChecksum,
    teller: StepTeller,
    onEvent: (event: PipelineEvent) => void,
  ) {
    this.#client = client;
    this.#file = file;
    this.#checksum = checksum;
    this.#teller = teller;
    this.#onEvent = onEvent;
  }

  /** Connects. Gives the event 'connected' or 'connectFailed', then one event per ack, and at last 'disconnected'. */
  async connect(effect: Effect<'connect'>): Promise<void> {
    const { connection: number, nodes } = effect;
    let connection: DataConnection;
    try {
      connection = await openPipeline(this.#client, effect, this.#file, this.#checksum, this.#closing.signal);
    } catch (e) {
      const { badNode, restarting } = e instanceof SetupError ? e : { restarting: false };
      const failure = { badNode, restarting, error: HadoopError.from(e) };
      this.#onEvent({ kind: 'connectFailed', connection: number, failure });
      return;
    }
    // From here on the WritePipeline watches the acks: for this socket, sent heartbeats would count as activity.
    connection.setTimeout(0);
    this.#connection = connection;
    this.#teller.tell(6, `client → ${nodes.map((n) => xferAddress(n.info)).join(' → ')}`);
    this.#onEvent({ kind: 'connected', connection: number });
    await this.#receiveAcks(connection, number);
  }

  send(packet: Packet): void {
    // The ack window bounds the bytes that the socket holds. A failed send also ends the acks, which give 'disconnected'.
    this.#connection?.sendPacket(packet).then(ignored, ignored);
  }

  sendHeartbeat(): void {
    const seqno = HEARTBEAT_SEQNO;
    const empty = { lastPacketInBlock: false, syncBlock: false, checksums: NO_BYTES, data: NO_BYTES };
    this.send({ seqno, offsetInBlock: 0, ...empty });
  }

  /** Closes the connection; connect() may open another one. */
  disconnect(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  /** Closes the connection for good, and those that are being made. */
  close(): void {
    this.#closing.abort();
    this.disconnect();
  }

  /** Lets a DataNode copy its replica. Gives the event 'transferred' or 'transferFailed'. */
  async transfer(effect: Effect<'transferBlock'>): Promise<void> {
    try {
      await transferBlock(this.#client, effect, this.#closing.signal);
      this.#onEvent({ kind: 'transferred' });
    } catch (e) {
      this.#onEvent({ kind: 'transferFailed', error: HadoopError.from(e) });
    }
  }

  async #receiveAcks(connection: DataConnection, number: number): Promise<void> {
    try {
      while (this.#connection === connection) {
        const ack = await connection.receiveAck();
        if (ack.seqno !== HEARTBEAT_SEQNO) this.#teller.tellSome(10, () => `packet ${ack.seqno}`);
        this.#onEvent({ kind: 'ack', connection: number, seqno: ack.seqno, ...ackFacts(ack) });
      }
    } catch (e) {
      this.#onEvent({ kind: 'disconnected', connection: number, error: HadoopError.from(e) });
    }
  }
}

const ignored = (): void => undefined;
