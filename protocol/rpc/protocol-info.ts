/** ProtocolMetaInfoPB: tells JVM clients which protocols, versions and methods a server has. */
import { HadoopError } from '../../runtime/errors.ts';
import type { GetProtocolSignatureResponseProto, GetProtocolVersionsResponseProto } from '../gen/messages.ts';
import type * as ProtocolInfo from '../gen/protocol-info.ts';
import type { Handlers, ServedMethod } from './handler.ts';

/** Protocols by the Java interfaces of their protobuf side, because JVM clients ask by interface. */
const PB_INTERFACES: Readonly<Record<string, string>> = {
  'org.apache.hadoop.hdfs.protocolPB.ClientNamenodeProtocolPB': 'org.apache.hadoop.hdfs.protocol.ClientProtocol',
  'org.apache.hadoop.hdfs.protocolPB.ClientDatanodeProtocolPB':
    'org.apache.hadoop.hdfs.protocol.ClientDatanodeProtocol',
  'org.apache.hadoop.hdfs.protocolPB.DatanodeProtocolPB': 'org.apache.hadoop.hdfs.server.protocol.DatanodeProtocol',
  'org.apache.hadoop.hdfs.protocolPB.NamenodeProtocolPB': 'org.apache.hadoop.hdfs.server.protocol.NamenodeProtocol',
  'org.apache.hadoop.hdfs.protocolPB.InterDatanodeProtocolPB':
    'org.apache.hadoop.hdfs.server.protocol.InterDatanodeProtocol',
  'org.apache.hadoop.hdfs.protocolPB.ReconfigurationProtocolPB':
    'org.apache.hadoop.hdfs.protocol.ReconfigurationProtocol',
  'org.apache.hadoop.ha.protocolPB.HAServiceProtocolPB': 'org.apache.hadoop.ha.HAServiceProtocol',
  'org.apache.hadoop.tools.protocolPB.GetUserMappingsProtocolPB': 'org.apache.hadoop.tools.GetUserMappingsProtocol',
  'org.apache.hadoop.ipc.ProtocolMetaInfoPB': 'org.apache.hadoop.ipc.ProtocolMetaInfoPB',
};

const RPC_KINDS = ['RPC_BUILTIN', 'RPC_WRITABLE', 'RPC_PROTOCOL_BUFFER'];

/** The part of a server that these handlers use. */
interface Served {
  protocol(
    name: string,
  ): { readonly version: number; readonly methods: ReadonlyMap<string, Pick<ServedMethod, 'method'>> } | undefined;
}

/** Returns the handlers of ProtocolMetaInfoPB. */
export function protocolInfoHandlers(server: Served): Handlers<typeof ProtocolInfo> {
  const find = (pbInterface: string, rpcKind: string) => {
    const protocol = PB_INTERFACES[pbInterface];
    if (protocol === undefined) throw new HadoopError('java.lang.ClassNotFoundException', pbInterface);
    return rpcKind === 'RPC_PROTOCOL_BUFFER' ? server.protocol(protocol) : undefined;
  };
  return {
    getProtocolVersions: ({ protocol }): GetProtocolVersionsResponseProto => ({
      protocolVersions: RPC_KINDS.map((rpcKind) => {
        const served = find(protocol, rpcKind);
        return { rpcKind, versions: served === undefined ? [] : [served.version] };
      }),
    }),
    getProtocolSignature: ({ protocol, rpcKind }): GetProtocolSignatureResponseProto => {
      const served = find(protocol, rpcKind);
      if (served === undefined) return { protocolSignature: [] };
      const methods = Array.from(served.methods.values(), ({ method }) => method.fingerprint);
      return { protocolSignature: [{ version: served.version, methods }] };
    },
  };
}
