import type { MessageType } from './message.ts';

/** One RPC method of a Hadoop protocol. The generated tables (`gen/client-namenode.ts`, …) hold one per constant. */
export interface Method<Req, Res> {
  /** The Java interface, such as `org.apache.hadoop.hdfs.protocol.ClientProtocol`. */
  readonly protocol: string;
  readonly name: string;
  readonly request: MessageType<Req>;
  readonly response: MessageType<Res>;
}

/** Declares a method. */
export function method<Req, Res>(
  protocol: string,
  name: string,
  request: MessageType<Req>,
  response: MessageType<Res>,
): Method<Req, Res> {
  return { protocol, name, request, response };
}
