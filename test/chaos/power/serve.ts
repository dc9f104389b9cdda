// The process of the disks that can lose power: mounts the directory in its argument and answers the kernel until the end.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { answerHeader, decodeRequest, REQUEST_BYTES_MAX } from './fuse-messages.ts';
import { FuseServer } from './fuse-server.ts';

/** Line on the standard output once the directory is mounted. */
const READY = 'mounted\n';
/** The kernel has taken a request back before it was read. */
const TAKEN_BACK = 'ENOENT';
/** The directory is no longer mounted. */
const UNMOUNTED = 'ENODEV';

function mount(directory: string): number {
  const fd = fs.openSync('/dev/fuse', 'r+');
  // The mount program passes the options on to the kernel; its descriptor 3 is ours.
  const options = `fd=3,rootmode=40755,user_id=${process.getuid?.()},group_id=${process.getgid?.()},default_permissions`;
  const args = ['-i', '-t', 'fuse', '-o', options, 'calf-power', directory];
  const { status, stderr, error } = spawnSync('mount', args, { stdio: ['ignore', 'ignore', 'pipe', fd] });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(stderr.toString().trim() || `mount ended with ${status}`);
  return fd;
}

/** Answers one request after the other. Everything is in memory, so nothing is gained by answering several at once. */
function serve(fd: number): void {
  const server = new FuseServer();
  const buffer = Buffer.alloc(REQUEST_BYTES_MAX);
  for (;;) {
    let length: number;
    try {
      length = fs.readSync(fd, buffer);
    } catch (e) {
      const { code } = e as NodeJS.ErrnoException;
      if (code === UNMOUNTED) return;
      if (code === TAKEN_BACK || code === 'EINTR') continue;
      throw e;
    }
    const request = decodeRequest(buffer.subarray(0, length));
    const answer = server.answer(request);
    if (answer === undefined) continue;
    try {
      fs.writevSync(fd, [answerHeader(request.unique, answer.errno, answer.body.length), answer.body]);
    } catch (e) {
      // The process that asked was killed meanwhile.
      if ((e as NodeJS.ErrnoException).code !== TAKEN_BACK) throw e;
    }
  }
}

try {
  const fd = mount(process.argv[2] ?? '');
  fs.writeSync(1, READY);
  serve(fd);
} catch (e) {
  fs.writeSync(2, `${e instanceof Error ? e.message : String(e)}\n`);
  process.exitCode = 1;
}
