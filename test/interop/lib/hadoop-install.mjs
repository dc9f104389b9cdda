// Installs the real Apache Hadoop from Maven Central into the cache, and runs its programs as child processes.
import fs from 'node:fs';
import path from 'node:path';
import { run, runOk } from './processes.mjs';
import { cacheDir, interopDir, java } from './tools.mjs';

export const HADOOP_VERSION = '3.4.2';
const home = path.join(cacheDir, `hadoop-${HADOOP_VERSION}`);
export const lib = path.join(home, 'lib');
const baseConf = path.join(home, 'conf');
export const examplesJar = path.join(lib, `hadoop-mapreduce-examples-${HADOOP_VERSION}.jar`);

const LOG4J = `log4j.rootLogger=WARN,C
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
log4j.appender.C=org.apache.log4j.ConsoleAppender
log4j.appender.C.target=System.err
log4j.appender.C.layout=org.apache.log4j.PatternLayout
log4j.appender.C.layout.ConversionPattern=%d %p %c{2}: %m%n
`;

/** Copies Hadoop's jars from Maven Central into the cache, once. */
export async function install() {
  fs.mkdirSync(baseConf, { recursive: true });
  fs.writeFileSync(path.join(baseConf, 'log4j.properties'), LOG4J);
  const pom = fs.readFileSync(path.join(interopDir, 'lib', 'pom.xml'), 'utf8');
  const done = path.join(home, 'installed-pom.xml'); // written last, so that a broken download is repeated
  if (fs.existsSync(done) && fs.readFileSync(done, 'utf8') === pom) return;
  fs.rmSync(lib, { recursive: true, force: true });
  fs.writeFileSync(path.join(home, 'pom.xml'), pom);
  await runOk('mvn', ['-q', '-B', '-Dstyle.color=never', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`], {
    cwd: home,
    timeoutMs: 900_000,
  });
  fs.renameSync(path.join(home, 'pom.xml'), done);
}

/** Returns a jar of a Hadoop module that is not among the common ones, copied from Maven Central once. */
async function copiedJar(directory, module, kind) {
  const dir = path.join(home, directory);
  const jar = path.join(dir, `${module}-${HADOOP_VERSION}${kind === '' ? '' : `-${kind}`}.jar`);
  if (!fs.existsSync(jar)) {
    const artifact = `org.apache.hadoop:${module}:${HADOOP_VERSION}:jar${kind === '' ? '' : `:${kind}`}`;
    const args = [`-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`];
    await runOk('mvn', ['-q', '-B', '-Dstyle.color=never', 'dependency:copy', ...args], { timeoutMs: 600_000 });
  }
  return jar;
}

/** Returns the test-sources jar of a Hadoop module. */
export const testSourcesJar = (module) => copiedJar('test-sources', module, 'test-sources');

/** Returns the jar of Hadoop's distcp. */
export const distCpJar = () => copiedJar('modules', 'hadoop-distcp', '');

/** Returns the arguments of `java` that run a class of Hadoop with a configuration directory, or with a jar of its own. */
export function javaArgs(confDir, className, args = [], { heapMb = 512 } = {}) {
  return [
    `-Xmx${heapMb}m`,
    '-XX:+UseSerialGC',
    '--add-opens=java.base/java.lang=ALL-UNNAMED',
    `-Dlog4j.configuration=file:${baseConf}/log4j.properties`,
    '-cp',
    [...(confDir ? [confDir] : []), baseConf, path.join(lib, '*')].join(path.delimiter),
    className,
    ...args,
  ];
}

/** Runs the real `hdfs dfs ARGS...` as one process, with the options of `run`. */
export function hadoopDfs(confDir, args, options) {
  return run(java, javaArgs(confDir, 'org.apache.hadoop.fs.FsShell', args), options);
}
