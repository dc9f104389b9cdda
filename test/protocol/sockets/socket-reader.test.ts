// SocketReader lets connections take turns, and stops and resumes its reading.
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { SocketReader } from '../../../protocol/sockets/socket-reader.ts';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Returns a reader whose socket counts the calls of resume(). */
function reader() {
  const made = new SocketReader();
  let resumed = 0;
  const socket = new net.Socket();
  socket.resume = () => {
    resumed++;
    return socket;
  };
  made.attach(socket);
  const { buffer, callback } = made.onread;
  /** Delivers bytes as the kernel does. Returns true if the socket reads on at once. */
  const receive = (lengthBytes: number): boolean => {
    for (let left = lengthBytes; left > 0; ) {
      const room = typeof buffer === 'function' ? buffer() : buffer;
      const part = Math.min(left, room.length);
      left -= part;
      if (!callback(part, room)) return false;
    }
    return true;
  };
  return { made, receive, resumed: () => resumed };
}

describe('A socket that is read into our own buffers', () => {
  it('leaves the event loop to others after 128 KiB, and goes on in the next turn', async () => {
    const { receive, resumed, made } = reader();
    expect(receive(100 * 1024)).toBe(true);
    expect(receive(100 * 1024)).toBe(false);
    made.resume(); // The consumer wants more, but its turn is over.
    expect(resumed()).toBe(0);
    await nextTurn();
    expect(resumed()).toBe(1);
    expect(receive(1024)).toBe(true);
  });

  it('stays stopped in the next turn if its consumer has stopped it', async () => {
    const { receive, resumed, made } = reader();
    made.onBytes = () => false;
    expect(receive(200 * 1024)).toBe(false);
    await nextTurn();
    expect(resumed()).toBe(0);
    made.resume();
    expect(resumed()).toBe(1);
  });
});
