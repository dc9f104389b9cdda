// The file of the cluster's secret: who makes it, and which files are refused.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import {
  clientSecret,
  daemonSecret,
  makeSecret,
  readerSecret,
  secretFile,
} from '../../../runtime/http/cluster-secret.ts';
import { SharedSecret } from '../../../runtime/http/shared-secret.ts';

let directory: string;
let file: string;
let conf: Configuration;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-secret-'));
  file = path.join(directory, 'secret');
  conf = new Configuration({ 'calf.http.secret.file': file });
});
afterEach(() => {
  vi.restoreAllMocks();
  fs.rmSync(directory, { recursive: true, force: true });
});

const write = (text: string, mode = 0o600): void => {
  fs.writeFileSync(file, text);
  fs.chmodSync(file, mode);
};
const SECRET = 'x'.repeat(32);

describe('the place of the file', () => {
  it('is the conf directory unless the property says otherwise', () => {
    expect(secretFile(Configuration.load({ confDir: directory }))).toBe(path.join(directory, 'calf-http-secret'));
    expect(secretFile(Configuration.load({ confDir: directory }).clone())).toBe(
      path.join(directory, 'calf-http-secret'),
    );
    expect(secretFile(conf)).toBe(file);
  });

  it('is the home directory where there is no conf directory', () => {
    expect(secretFile(new Configuration())).toBe(path.join(os.homedir(), '.calf-http-secret'));
  });
});

describe('a new secret', () => {
  it.each(['127.0.0.1', 'localhost', '::1', '127.8.0.1'])('is made for a daemon at %s, for its user alone', (host) => {
    const secret = daemonSecret(conf, host);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    expect(fs.readdirSync(directory)).toEqual(['secret']);
    expect(daemonSecret(conf, host).mac('x')).toBe(secret.mac('x'));
    expect(clientSecret(conf)?.mac('x')).toBe(secret.mac('x'));
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'jt.example.com'])('must be there before a daemon listens at %s', (host) => {
    expect(() => daemonSecret(conf, host)).toThrow(
      `Other machines can reach the address ${host}, so calf.http.secret.file must name a file with a secret; there is ` +
        `none at ${file}. Make one with: (umask 077 && openssl rand -hex 32 > ${file}), and copy it to the conf ` +
        'directory of each machine of the cluster',
    );
    expect(fs.existsSync(file)).toBe(false);
    write(`${SECRET}\n`);
    expect(daemonSecret(conf, host).mac('x')).toBe(new SharedSecret(SECRET).mac('x'));
  });

  it('is the one that another process has made meanwhile', () => {
    const link = fs.linkSync;
    vi.spyOn(fs, 'linkSync').mockImplementationOnce((from, to) => {
      write(SECRET);
      link(from, to);
    });
    expect(makeSecret(conf).mac('x')).toBe(new SharedSecret(SECRET).mac('x'));
    expect(fs.readdirSync(directory)).toEqual(['secret']);
  });

  it('can not be made where the directory is missing, and the message says how', () => {
    conf.set('calf.http.secret.file', path.join(directory, 'none', 'secret'));
    expect(() => makeSecret(conf)).toThrow(
      /can not be made: ENOENT.*Make one with: .* or set calf\.http\.secret\.file/,
    );
  });
});

describe('a client', () => {
  it('has no secret where there is no file', () => expect(clientSecret(conf)).toBeUndefined());

  it.each([0o600, 0o400, 0o640, 0o440])('takes a file of mode %o', (mode) => {
    write(` ${SECRET}\n`, mode);
    expect(clientSecret(conf)?.mac('x')).toBe(new SharedSecret(SECRET).mac('x'));
  });

  it.each([0o644, 0o660, 0o604, 0o666, 0o700])('refuses a file of mode %o', (mode) => {
    write(SECRET, mode);
    expect(() => clientSecret(conf)).toThrow(
      `${file} has mode ${mode.toString(8)}, so that others can have the secret`,
    );
  });

  it.each(['', 'short', 'x'.repeat(31), `${SECRET}\n${SECRET}`, `${SECRET} ${SECRET}`, '\u00fc'.repeat(40)])(
    'refuses the text %j',
    (text) => {
      write(text);
      expect(() => clientSecret(conf)).toThrow(`${file} is no secret of 32 or more characters in one line`);
    },
  );

  it('refuses a directory and a pipe, for which it does not wait', () => {
    fs.mkdirSync(file);
    expect(() => clientSecret(conf)).toThrow(`${file} is no file`);
    fs.rmdirSync(file);
    execFileSync('mkfifo', ['-m', '600', file]);
    expect(() => clientSecret(conf)).toThrow(`${file} is no file`);
  });
});

it('a daemon refuses a file of another user, who knows the secret', () => {
  write(SECRET);
  const { uid } = fs.statSync(file);
  vi.spyOn(process, 'geteuid').mockReturnValue(uid + 1);
  if (uid === 0) expect(daemonSecret(conf, 'localhost').mac('x')).toBe(new SharedSecret(SECRET).mac('x'));
  if (uid === 0) fs.chownSync(file, 12_345, 0);
  expect(() => daemonSecret(conf, 'localhost')).toThrow(
    / belongs to the user number \d+: it must belong to the daemon/,
  );
});

it('a client that only reads goes without a secret that is for others', () => {
  expect(readerSecret(conf)).toBeUndefined();
  write(SECRET);
  expect(readerSecret(conf)?.mac('x')).toBe(new SharedSecret(SECRET).mac('x'));
  // Root may read all files, so the system's answer is a stand-in.
  vi.spyOn(fs, 'accessSync').mockImplementation(() => {
    throw Object.assign(new Error('permission denied'), { code: 'EACCES' });
  });
  expect(readerSecret(conf)).toBeUndefined();
});
