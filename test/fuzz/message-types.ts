// Lists the message types and RPC methods that are fuzzed.
import * as ClientDatanode from '../../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import * as Datanode from '../../protocol/gen/datanode.ts';
import * as GetUserMappings from '../../protocol/gen/get-user-mappings.ts';
import * as HAService from '../../protocol/gen/haservice.ts';
import * as InterDatanode from '../../protocol/gen/inter-datanode.ts';
import * as Messages from '../../protocol/gen/messages.ts';
import * as Namenode from '../../protocol/gen/namenode.ts';
import * as ProtocolInfo from '../../protocol/gen/protocol-info.ts';
import * as Reconfiguration from '../../protocol/gen/reconfiguration.ts';
import type { MessageType } from '../../protocol/message.ts';
import type { Method } from '../../protocol/method.ts';

/** A message type or method of any message. */
export type AnyType = MessageType<unknown>;
export type AnyMethod = Method<unknown, unknown>;

const isType = (value: unknown): value is AnyType =>
  typeof value === 'object' && value !== null && 'decode' in value && 'name' in value;

/** Every generated message. */
export const MESSAGE_TYPES: readonly AnyType[] = Object.values<unknown>(Messages).filter(isType);

const isMethod = (value: unknown): value is AnyMethod =>
  typeof value === 'object' && value !== null && 'request' in value && 'response' in value;

const methodsOf = (table: object): readonly AnyMethod[] => Object.values(table).filter(isMethod);

/** Every RPC method, by protocol. */
export const METHODS = {
  clientNamenode: methodsOf(ClientNamenode),
  datanode: methodsOf(Datanode),
  clientDatanode: methodsOf(ClientDatanode),
  interDatanode: methodsOf(InterDatanode),
  others: [GetUserMappings, HAService, Namenode, ProtocolInfo, Reconfiguration].flatMap(methodsOf),
} as const;

export const ALL_METHODS: readonly AnyMethod[] = Object.values(METHODS).flat();
