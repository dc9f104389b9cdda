import { afterEach, expect, test } from 'vitest';
import { silentLogger } from '../../conf/log.ts';
import { systemClock } from '../../conf/runtime.ts';
import { hadoopError } from '../../protocol/errors.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { RpcClient } from '../../protocol/rpc-client.ts';
import { RpcServer } from '../../protocol/rpc-server.ts';

const opened: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of opened.splice(0).reverse()) await one.close();
});

test('calls and errors', async () => {
  const server = new RpcServer({ name: 'NameNode', log: silentLogger, clock: systemClock });
  opened.push(server);
  server.addProtocol(
    ClientNamenode,
    {
      mkdirs: (request, call) => ({ result: request.src === `/user/${call.user}` }),
      delete_: async () => {
        throw hadoopError('AccessControlException', 'Permission denied');
      },
    },
    { retryCached: ['delete_'] },
  );
  const { host, port } = await server.listen(0, '127.0.0.1');
  const client = new RpcClient({ host, port, protocol: ClientNamenode.PROTOCOL, user: 'alice' });
  opened.push(client);
  const masked = { perm: 0o755 };
  expect(await client.call(ClientNamenode.mkdirs, { src: '/user/alice', masked, createParent: true })).toEqual({ result: true });
  await expect(client.call(ClientNamenode.delete_, { src: '/', recursive: true })).rejects.toMatchObject({
    javaClass: 'org.apache.hadoop.security.AccessControlException',
    message: 'Permission denied',
  });
  await expect(client.call(ClientNamenode.getFileInfo, { src: '/' })).rejects.toMatchObject({ code: 'RpcNoSuchMethodException' });
  await server.close();
  await expect(client.call(ClientNamenode.getFileInfo, { src: '/' })).rejects.toThrow(/Connection refused|End of File/);
});
