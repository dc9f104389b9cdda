/** The subcommands that tell about Calf itself: version, classpath, checknative, envvars. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SOFTWARE_VERSION } from '../../protocol/version.ts';

const ENVIRONMENT: readonly [string, string][] = [
  ['HADOOP_CONF_DIR', 'directory of core-site.xml, hdfs-site.xml and mapred-site.xml'],
  ['HADOOP_USER_NAME', 'user that commands act as'],
  ['CALF_LOG', 'log level: trace, debug, info, warn, error, fatal or silent'],
];

const print = (text: string): number => {
  process.stdout.write(`${text}\n`);
  return 0;
};

/** Returns the version in package.json, which lies in a folder above this file, in the sources and in dist/. */
function calfVersion(): string {
  for (let dir = path.dirname(fileURLToPath(import.meta.url)); ; dir = path.dirname(dir)) {
    const file = path.join(dir, 'package.json');
    if (fs.existsSync(file))
      return String((JSON.parse(fs.readFileSync(file, 'utf8')) as { version?: unknown }).version);
    if (path.dirname(dir) === dir) return 'unknown';
  }
}

const nodeVersion = `Runs on Node.js ${process.versions.node}`;

/** `hdfs version`. Programs such as mrjob read the version of Hadoop in the first line. */
export function versionMain(): number {
  return print(
    `Hadoop ${SOFTWARE_VERSION}\nCalf ${calfVersion()}, which speaks the protocols of that version\n${nodeVersion}`,
  );
}

/** `calf --version`. */
export function calfVersionMain(): number {
  return print(`Calf ${calfVersion()}, which speaks the protocols of Hadoop ${SOFTWARE_VERSION}\n${nodeVersion}`);
}

/** Prints an empty class path. Scripts put the output into CLASSPATH, where an empty one does no harm. */
export function classpathMain(): number {
  return print('');
}

/** `hadoop checknative`: prints the native libraries inside Node.js. */
export function checkNativeMain(): number {
  const { zlib, v8, openssl } = process.versions;
  return print(`Native library checking:\nzlib:    true ${zlib}\nopenssl: true ${openssl}\nv8:      true ${v8}`);
}

/** `hdfs envvars`. */
export function envVarsMain(): number {
  return print(ENVIRONMENT.map(([name, text]) => `${name}='${process.env[name] ?? ''}'  # ${text}`).join('\n'));
}
