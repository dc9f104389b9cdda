/** The handshake of a server's connection: the client names its user before its first call (Hadoop: Server.Connection). */
import type protobuf from 'protobufjs/minimal.js';
import {
  IpcConnectionContextProto,
  type RpcRequestHeaderProto,
  RpcSaslProto,
  RpcSaslProto_SaslState,
} from '../gen/messages.ts';
import { AuthProtocol, CallId, encodeSaslSuccess, RpcErrorCode } from './frame.ts';
import { decode, FatalError, invalid } from './server-checks.ts';

/** The state of one connection's handshake. */
export class RpcHandshake {
  #user: string | undefined;
  #realUser: string | undefined;
  #saslExpected = false;

  /** The effective user that the connection context names; undefined before the context has come. */
  get user(): string | undefined {
    return this.#user;
  }

  /** The user who acts as `user`, for proxies. */
  get realUser(): string | undefined {
    return this.#realUser;
  }

  /** Takes the preamble's authentication protocol. @throws FatalError */
  begin(authProtocol: number): void {
    if (authProtocol === AuthProtocol.SASL) this.#saslExpected = true;
    else if (authProtocol !== AuthProtocol.NONE) {
      throw new FatalError(RpcErrorCode.FATAL_UNAUTHORIZED, `Unknown auth protocol:${authProtocol}`);
    }
  }

  /**
   * Takes a message under a negative call id, which is a step of the handshake or a ping.
   * @returns the answer; undefined if there is none
   * @throws FatalError
   */
  handle(header: RpcRequestHeaderProto, reader: protobuf.Reader): Buffer | undefined {
    switch (header.callId) {
      case CallId.PING:
        return undefined;
      case CallId.SASL:
        return this.#handleSasl(decode(reader, RpcSaslProto), header.clientId);
      case CallId.CONNECTION_CONTEXT:
        this.#handleContext(decode(reader, IpcConnectionContextProto));
        return undefined;
      default:
        return invalid(`Unknown out of band call #${header.callId}`);
    }
  }

  /** SIMPLE is the only method here, so there is nothing to negotiate: the client is told that it has succeeded. */
  #handleSasl({ state }: RpcSaslProto, clientId: Uint8Array): Buffer | undefined {
    if (!this.#saslExpected) invalid('SASL protocol not requested by client');
    const negotiates = state === RpcSaslProto_SaslState.NEGOTIATE;
    if (!negotiates && state !== RpcSaslProto_SaslState.INITIATE) {
      throw new FatalError(RpcErrorCode.FATAL_UNAUTHORIZED, `Client sent unsupported state ${state}`);
    }
    this.#saslExpected = false;
    return negotiates ? encodeSaslSuccess(clientId) : undefined;
  }

  #handleContext({ userInfo }: IpcConnectionContextProto): void {
    if (this.#saslExpected) invalid('Connection header sent during SASL negotiation');
    if (this.#user !== undefined) invalid('Connection context already processed');
    this.#user = userInfo?.effectiveUser ?? userInfo?.realUser;
    this.#realUser = userInfo?.effectiveUser === undefined ? undefined : userInfo.realUser;
    if (!this.#user) throw new FatalError(RpcErrorCode.FATAL_UNAUTHORIZED, 'The connection context names no user');
  }
}
