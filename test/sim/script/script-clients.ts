// Performs the steps of a script's clients.

import { FileOperations, type Writer } from '../actors/file-operations.ts';
import type { Model, ModelFile } from '../checks/model.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine } from '../world/process.ts';
import { numberOf, type Step } from './script.ts';

/** A file that a client has open for writing, and the callback that ends its program. */
interface OpenWriter {
  readonly writer: Writer;
  readonly end: () => void;
}

/**
 * Performs the steps of clients:
 *
 *     put PATH BYTES [replication=N]     create PATH [replication=N]     append PATH     write PATH BYTES
 *     hflush PATH     hsync PATH     close PATH     read PATH     truncate PATH BYTES     rename PATH PATH
 *     delete PATH     setReplication PATH N     recoverLease PATH
 */
export class ScriptClients {
  readonly #cluster: Cluster;
  readonly #model: Model;
  readonly #blockSizeBytes: number;
  readonly #operations = new Map<Machine, FileOperations>();
  readonly #writers = new Map<string, OpenWriter>();

  constructor(cluster: Cluster, model: Model, blockSizeBytes: number) {
    this.#cluster = cluster;
    this.#model = model;
    this.#blockSizeBytes = blockSizeBytes;
  }

  start(machine: Machine): Promise<void> {
    return new Promise((resolve) => {
      this.#cluster.startClient(machine, (fs, process) => {
        this.#operations.set(machine, new FileOperations(fs, process, this.#model, this.#blockSizeBytes));
        resolve();
      });
    });
  }

  /** Performs a step as an event of the client's process. @throws the file system's error */
  perform(step: Step): Promise<void> {
    const machine = this.#cluster.clients.find((m) => m.name === step.verb);
    const operations = machine && this.#operations.get(machine);
    if (operations === undefined) throw new Error(`${step.verb} does not run`);
    return new Promise((resolve, reject) => {
      operations.process.after(0, () => void this.#perform(operations, step).then(resolve, reject));
    });
  }

  async #perform(operations: FileOperations, step: Step): Promise<void> {
    const [what = '', path = '', ...rest] = step.args;
    const number = Number(rest[0]);
    switch (what) {
      case 'put':
        return operations.write(this.#newFile(path, step), false, async (writer) => {
          await writer.write(number);
          await writer.close();
        });
      case 'create':
        return this.#open(path, (program) => operations.write(this.#newFile(path, step), false, program));
      case 'append':
        return this.#open(path, (program) => operations.append(this.#file(path), false, program));
      case 'write':
        return this.#writer(path).writer.write(number);
      case 'hflush':
      case 'hsync':
        return this.#writer(path).writer.flush(what === 'hsync');
      case 'close': {
        const { writer, end } = this.#writer(path);
        await writer.close();
        return end();
      }
      case 'read':
        return operations.read(this.#file(path), 0, 0);
      case 'truncate':
        return operations.truncate(this.#file(path), number);
      case 'rename':
        return operations.rename(this.#file(path), rest[0] ?? '', false);
      case 'delete':
        return operations.delete(this.#file(path));
      case 'setReplication':
        return operations.setReplication(this.#file(path), number);
      case 'recoverLease':
        return operations.recoverLease(this.#file(path));
      default:
        throw new Error(`what? ${step.text}`);
    }
  }

  /** Resolves when the file is open. The client's program goes on until the step that closes the file. */
  #open(path: string, write: (program: (writer: Writer) => Promise<void>) => Promise<void>): Promise<void> {
    return new Promise((opened, reject) => {
      const program = (writer: Writer): Promise<void> =>
        new Promise((end) => {
          this.#writers.set(path, { writer, end });
          opened();
        });
      write(program).catch(reject);
    });
  }

  #writer(path: string): OpenWriter {
    const writer = this.#writers.get(path);
    if (writer === undefined) throw new Error(`${path} is not open for writing`);
    return writer;
  }

  #newFile(path: string, step: Step): ModelFile {
    return this.#model.newFile({ owner: 0, replication: numberOf(step, 'replication', 3), path });
  }

  #file(path: string): ModelFile {
    const file = this.#model.files.find((f) => f.path === path);
    if (file === undefined) throw new Error(`no file is called ${path}`);
    return file;
  }
}
