// Tests of the method tables: every method of a protocol is in one table, and is answered as its entry says.
import { describe, expect, test } from 'vitest';
import { clientAdmin } from '../../../namenode/rpc/client-admin.ts';
import { clientCluster } from '../../../namenode/rpc/client-cluster.ts';
import { clientFeatures } from '../../../namenode/rpc/client-features.ts';
import { clientNamespace } from '../../../namenode/rpc/client-namespace.ts';
import { CLIENT_PROTOCOL } from '../../../namenode/rpc/client-protocol.ts';
import { clientReads } from '../../../namenode/rpc/client-reads.ts';
import { clientWrites } from '../../../namenode/rpc/client-writes.ts';
import { CLIENT_ACCESS } from '../../../namenode/rpc/context/method-access.ts';
import { NOT_SUPPORTED, serveTable } from '../../../namenode/rpc/context/method-table.ts';
import { DATANODE_PROTOCOL } from '../../../namenode/rpc/datanodes/datanode-protocol.ts';
import { NAMENODE_PROTOCOL } from '../../../namenode/rpc/namenode-protocol.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import * as DatanodeTable from '../../../protocol/gen/datanode.ts';
import * as NamenodeTable from '../../../protocol/gen/namenode.ts';
import { RpcServer } from '../../../protocol/rpc/server.ts';
import { Bug } from '../../../runtime/bug.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { systemClock } from '../../../runtime/runtime.ts';

const THEMES = [clientReads, clientNamespace, clientWrites, clientCluster, clientAdmin, clientFeatures];

const methodsOf = (protocol: object): string[] => Object.keys(protocol).filter((name) => name !== 'PROTOCOL');

const METHODS = new Map<string, string | { readonly name: string }>(Object.entries(ClientNamenode));

/** Returns the name of a method on the wire, such as `delete` for `delete_`. */
function wireName(name: string): string {
  const method = METHODS.get(name);
  if (typeof method !== 'object') throw new Error(`${name} is no method`);
  return method.name;
}

function serverOf(keepsAnswers: boolean): RpcServer {
  const server = new RpcServer({
    name: 'test',
    failureOf: (...of) => new Bug(...of),
    log: silentLogger,
    clock: systemClock,
  });
  // No handler runs in these tests, so the context is not used.
  serveTable(server, {
    protocol: ClientNamenode,
    table: CLIENT_PROTOCOL,
    access: CLIENT_ACCESS,
    context: {} as never,
    checkSuperuser: () => undefined,
    keepsAnswers,
  });
  return server;
}

describe('the method tables', () => {
  test('every method of ClientProtocol stands in the table of one theme', () => {
    const listed = THEMES.flatMap((theme) => Object.keys(theme));
    expect(listed.sort()).toEqual(methodsOf(ClientNamenode).sort());
    expect(Object.keys(CLIENT_PROTOCOL).sort()).toEqual(listed);
  });

  test('every method of DatanodeProtocol and NamenodeProtocol stands in its table', () => {
    expect(Object.keys(DATANODE_PROTOCOL).sort()).toEqual(methodsOf(DatanodeTable).sort());
    expect(Object.keys(NAMENODE_PROTOCOL).sort()).toEqual(methodsOf(NamenodeTable).sort());
  });

  // docs/decisions/late-calls.md says for every other method why a late copy does no harm.
  test('a method that a late copy must not run again runs once per call, and no other method', () => {
    const atMostOnceInHadoop = ['append', 'concat', 'create', 'delete', 'rename', 'rename2', 'updatePipeline'];
    const alsoHere = [
      ...['fsync', 'mkdirs', 'recoverLease', 'setOwner', 'setPermission', 'setReplication', 'setSafeMode', 'setTimes'],
      'truncate',
    ];
    const once = [...atMostOnceInHadoop, ...alsoHere].sort();
    const marked = (server: RpcServer) =>
      Object.entries(CLIENT_PROTOCOL)
        .filter(([, entry]) => entry !== NOT_SUPPORTED)
        .map(([name]) => wireName(name))
        .filter((name) => server.find(ClientNamenode.PROTOCOL, 1, name).retryCached)
        .sort();
    expect(marked(serverOf(true))).toEqual(once);
    // With dfs.namenode.enable.retrycache=false.
    expect(marked(serverOf(false))).toEqual([]);
  });

  // Hadoop's ProtobufRpcEngine2 answers a method that the server does not have with RpcNoSuchMethodException.
  test('a method that is not supported is unknown to the server', () => {
    const server = serverOf(true);
    for (const [name, entry] of Object.entries(CLIENT_PROTOCOL)) {
      const method = wireName(name);
      const find = () => server.find(ClientNamenode.PROTOCOL, 1, method).method.name;
      if (entry !== NOT_SUPPORTED) expect(find()).toBe(method);
      else expect(find).toThrow(`Unknown method ${method} called on ${ClientNamenode.PROTOCOL} protocol.`);
    }
  });
});
