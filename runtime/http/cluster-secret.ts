/** The secret that the members of a cluster share: callers that prove to know it may change things over HTTP. It lies in a file. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Configuration } from '../../conf/configuration.ts';
import { ConfigurationError } from '../../conf/errors.ts';
import { errorCode, messageOf } from '../errors.ts';
import { isLoopback } from './known-hosts.ts';
import { SharedSecret } from './shared-secret.ts';

const PROPERTY = 'calf.http.secret.file';
const NAME = 'calf-http-secret';
const SECRET_BYTES = 32;
/** A secret of this many characters can not be guessed. */
const TEXT = /^[\x21-\x7e]{32,}$/;
/** Modes that keep all but the owner and one group out. */
const ALLOWED_MODE = 0o640;

/** Returns the path of the secret's file. */
export function secretFile(conf: Configuration): string {
  const file = conf.get(PROPERTY);
  if (file !== '') return path.resolve(file);
  return conf.directory ? path.resolve(conf.directory, NAME) : path.join(os.homedir(), `.${NAME}`);
}

/** Returns the secret for a client; undefined if there is no file. @throws ConfigurationError for a file that is not fit */
export function clientSecret(conf: Configuration): SharedSecret | undefined {
  const found = readSecretFile(secretFile(conf));
  return found && new SharedSecret(found.text);
}

/**
 * Returns the secret for a client that only reads, which anyone may: undefined also if the file is for other users.
 * @throws ConfigurationError for a file that is not fit
 */
export function readerSecret(conf: Configuration): SharedSecret | undefined {
  const file = secretFile(conf);
  try {
    fs.accessSync(file, fs.constants.R_OK);
  } catch (e) {
    if (errorCode(e) === 'EACCES') return undefined;
  }
  return clientSecret(conf);
}

/**
 * Returns the secret for a daemon that listens at `host`. Makes the file if there is none and `host` is loopback.
 * @throws ConfigurationError for a file that is not fit, or if there must be a file and there is none
 */
export function daemonSecret(conf: Configuration, host: string): SharedSecret {
  const file = secretFile(conf);
  if (isLoopback(host) || readSecretFile(file)) return makeSecret(conf);
  throw new ConfigurationError(
    `Other machines can reach the address ${host}, so ${PROPERTY} must name a file with a secret; there is none at ` +
      `${file}. ${howToMake(file)}, and copy it to the conf directory of each machine of the cluster`,
  );
}

/** Returns the secret of a cluster. Makes its file if there is none. @throws ConfigurationError for a file that is not fit */
export function makeSecret(conf: Configuration): SharedSecret {
  const file = secretFile(conf);
  if (!readSecretFile(file)) makeSecretFile(file);
  const found = readSecretFile(file);
  if (!found) throw new ConfigurationError(`${file} was deleted at this moment. ${howToMake(file)}`);
  // The owner of the file knows the secret. A client may be another member of the file's group.
  if (found.owner !== process.geteuid?.() && found.owner !== 0) {
    throw new ConfigurationError(
      `${file} belongs to the user number ${found.owner}: it must belong to the daemon's user or to root`,
    );
  }
  return new SharedSecret(found.text);
}

const howToMake = (file: string): string => `Make one with: (umask 077 && openssl rand -hex 32 > ${file})`;

interface SecretFile {
  readonly text: string;
  /** The user's number. */
  readonly owner: number;
}

function readSecretFile(file: string): SecretFile | undefined {
  let descriptor: number;
  try {
    // Without waiting: a named pipe would hold the process.
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return undefined;
    throw new ConfigurationError(`The secret of the cluster can not be read: ${messageOf(e)}`, { cause: e });
  }
  try {
    const { mode, uid } = fs.fstatSync(descriptor);
    if ((mode & fs.constants.S_IFMT) !== fs.constants.S_IFREG) throw new ConfigurationError(`${file} is no file`);
    if ((mode & 0o777 & ~ALLOWED_MODE) !== 0) {
      throw new ConfigurationError(
        `${file} has mode ${(mode & 0o777).toString(8)}, so that others can have the secret: chmod 600 ${file}, ` +
          'or 640 to share it with its group',
      );
    }
    const text = fs.readFileSync(descriptor, 'utf8').trim();
    if (!TEXT.test(text)) {
      throw new ConfigurationError(`${file} is no secret of 32 or more characters in one line. ${howToMake(file)}`);
    }
    return { text, owner: uid };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Makes the file, whole at once. Does nothing if another process has made it meanwhile. */
function makeSecretFile(file: string): void {
  const partial = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    fs.writeFileSync(partial, `${randomBytes(SECRET_BYTES).toString('hex')}\n`, { flag: 'wx', mode: 0o600 });
    try {
      fs.linkSync(partial, file);
    } catch (e) {
      if (errorCode(e) !== 'EEXIST') throw e;
    } finally {
      fs.unlinkSync(partial);
    }
  } catch (e) {
    throw new ConfigurationError(
      `The secret of the cluster can not be made: ${messageOf(e)}. ${howToMake(file)}, or set ${PROPERTY}`,
      { cause: e },
    );
  }
}
