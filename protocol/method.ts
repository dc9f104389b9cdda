import type { MessageType } from './message.ts';

/** One RPC method of a Hadoop protocol. The generated tables (`gen/client-namenode.ts`, …) hold one per constant. */
export interface Method<Req, Res> {
  /** The Java interface, such as `org.apache.hadoop.hdfs.protocol.ClientProtocol`. */
  readonly protocol: string;
  readonly name: string;
  readonly request: MessageType<Req>;
  readonly response: MessageType<Res>;
  /** By which a JVM client asks whether a server has the method (Hadoop's ProtocolSignature). */
  readonly fingerprint: number;
}

/** Declares a method. */
export function method<Req, Res>(
  protocol: string,
  name: string,
  request: MessageType<Req>,
  response: MessageType<Res>,
  fingerprint: number,
): Method<Req, Res> {
  return { protocol, name, request, response, fingerprint };
}
