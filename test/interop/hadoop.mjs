#!/usr/bin/env node
// Runs a real Apache Hadoop 3.4.2 from Maven Central, with which the proofs and the benchmark compare.
//   node test/interop/hadoop.mjs install            download the jars (about 100 MB, once)
//   node test/interop/hadoop.mjs start [--yarn]     a NameNode and 3 DataNodes on free ports, until Ctrl-C
//   node test/interop/hadoop.mjs dfs ARGS...        the real `hdfs dfs`, e.g. dfs -fs hdfs://localhost:8020 -ls /
//   node test/interop/hadoop.mjs cmd CLASS ARGS...  any class, e.g. org.apache.hadoop.hdfs.tools.DFSAdmin
// Needs Java 17 and Maven.
import { HadoopCluster } from './lib/hadoop-cluster.mjs';
import { hadoopDfs, install, javaArgs } from './lib/hadoop-install.mjs';
import { run } from './lib/processes.mjs';
import { java, missingTool, tempDir } from './lib/tools.mjs';

async function main([command, ...args]) {
  const why = await missingTool(['java', 'maven']);
  if (why) throw new Error(why);
  await install();
  switch (command) {
    case 'install':
      return 0;
    case 'start': {
      const cluster = await new HadoopCluster(tempDir('hadoop')).start();
      if (args.includes('--yarn')) await cluster.startYarn();
      console.log(`${cluster.uri}  web ${cluster.httpUrl}\nexport HADOOP_CONF_DIR=${cluster.confDir}\nCtrl-C ends it.`);
      return new Promise(() => undefined); // runs until a signal ends the process
    }
    case 'dfs':
      return (await hadoopDfs(process.env.HADOOP_CONF_DIR, args, { inherit: true, timeoutMs: 3_600_000 })).code;
    case 'cmd':
      return (
        await run(java, javaArgs(process.env.HADOOP_CONF_DIR, args[0], args.slice(1)), {
          inherit: true,
          timeoutMs: 3_600_000,
        })
      ).code;
    default:
      console.error('usage: hadoop.mjs install | start [--yarn] | dfs ARGS... | cmd CLASS ARGS...');
      return 2;
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error) => {
    console.error(`hadoop.mjs: ${error.message}`);
    process.exit(2);
  },
);
