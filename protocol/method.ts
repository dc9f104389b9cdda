/** RPC methods as values, from which client and server take the types of requests and responses. */
import type { MessageType } from './message.ts';

/** One RPC method of a Hadoop protocol. The generated tables (`gen/client-namenode.ts`, …) have a constant for each. */
export interface Method<Req, Res> {
  /** The Java interface, such as `org.apache.hadoop.hdfs.protocol.ClientProtocol`. */
  readonly protocol: string;
  readonly name: string;
  readonly request: MessageType<Req>;
  readonly response: MessageType<Res>;
  /** Hadoop's ProtocolSignature.getFingerprint: a JVM client asks by it whether a server has the method. */
  readonly fingerprint: number;
}

/** Returns a method; the generated tables call it. */
export function method<Req, Res>(
  protocol: string,
  name: string,
  request: MessageType<Req>,
  response: MessageType<Res>,
  fingerprint: number,
): Method<Req, Res> {
  return { protocol, name, request, response, fingerprint };
}
