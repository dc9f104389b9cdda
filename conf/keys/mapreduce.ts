/** Properties of mapred-site.xml that Calf reads. */
import { bool, bytes, decimal, integer, millis, type PropertyTable, text } from './property.ts';

export const MAPREDUCE_KEYS = {
  'mapreduce.framework.name': text('calf', 'local: jobs run in this process; calf: on the JobTracker', 'local'),
  'mapreduce.jobtracker.http.address': text('127.0.0.1:8088', 'HTTP address of the JobTracker'),
  'mapreduce.tasktracker.http.address': text('127.0.0.1:8042', 'HTTP address of a TaskTracker'),
  'mapreduce.shuffle.port': integer(13562, 'Port of the shuffle server, on the host of the TaskTracker'),
  'mapreduce.tasktracker.map.tasks.maximum': integer(2, 'Map slots of a TaskTracker'),
  'mapreduce.tasktracker.reduce.tasks.maximum': integer(2, 'Reduce slots of a TaskTracker'),
  'mapreduce.jobtracker.staging.root.dir': text('/tmp/calf-staging', 'Directory in HDFS for the files of jobs'),
  'mapreduce.cluster.local.dir': text('${hadoop.tmp.dir}/mapred/local', 'Directory of spills and map outputs'),
  'yarn.app.mapreduce.am.job.recovery.enable': bool(true, 'A JobTracker that restarts goes on with the jobs that ran'),
  'yarn.resourcemanager.connect.max-wait.ms': millis(
    900000,
    'Time that the client of a running job waits for a JobTracker that does not answer',
  ),
  'mapreduce.jobhistory.max-age-ms': millis(604800000, 'Age at which an ended job leaves the history'),
  'mapreduce.jobhistory.cleaner.enable': bool(true, 'Old jobs leave the history'),
  'mapreduce.jobhistory.cleaner.interval-ms': millis(86400000, 'Pause between looks for old jobs in the history'),
  'mapreduce.job.maps': integer(2, 'Map tasks of TeraGen; other jobs have one map for each split'),
  'mapreduce.job.reduces': integer(1, 'Reduce tasks'),
  'calf.job.type-check': bool(true, 'TypeScript job files are checked, where typescript is installed beside them'),
  'mapreduce.job.name': text('', 'Name of the job'),
  'mapreduce.job.reduce.slowstart.completedmaps': decimal(0.05, 'Share of maps done before reduces start'),
  'mapreduce.map.maxattempts': integer(4, 'Tries of a map task'),
  'mapreduce.reduce.maxattempts': integer(4, 'Tries of a reduce task'),
  'mapreduce.job.maxtaskfailures.per.tracker': integer(
    3,
    'Failed tasks of a job on a tracker with which the job avoids it',
  ),
  'yarn.app.mapreduce.am.job.node-blacklisting.enable': bool(true, 'Jobs avoid trackers on which their tasks fail'),
  'yarn.app.mapreduce.am.job.node-blacklisting.ignore-threshold-node-percent': integer(
    33,
    'Percent of the trackers that a job avoids with which it uses them all again; -1: never',
  ),
  'mapreduce.jobtracker.tasktracker.maxblacklists': integer(
    4,
    'Successful jobs that avoid a tracker with which it runs no tasks of any job',
  ),
  'mapreduce.jobtracker.tasktracker.fault.timeout.window': integer(180, 'Minutes after which that is forgotten'),
  'mapreduce.map.memory.mb': integer(
    -1,
    'MiB of a map task with its child processes; -1: 1024, or more for a large -Xmx',
  ),
  'mapreduce.reduce.memory.mb': integer(
    -1,
    'MiB of a reduce task with its child processes; -1: 1024, or more for a large -Xmx',
  ),
  'mapreduce.map.java.opts': text('', '-Xmx is the heap of map tasks; other options have no effect'),
  'mapreduce.reduce.java.opts': text('', '-Xmx is the heap of reduce tasks; other options have no effect'),
  'mapred.child.java.opts': text('', 'The same for both kinds of tasks, where their own property is not set'),
  'mapreduce.job.heap.memory-mb.ratio': decimal(0.8, "Share of a task's memory that its heap may take"),
  'yarn.nodemanager.pmem-check-enabled': bool(true, 'TaskTrackers end tasks that take more memory than they may'),
  'mapreduce.task.userlog.limit.kb': integer(102400, 'KiB of the end of each log of a task that are kept; 0: all', 0),
  'mapreduce.job.local-fs.single-disk-limit.bytes': integer(
    -1,
    "Bytes that a job's files may take on the disk of a TaskTracker; -1: any number",
  ),
  'mapreduce.job.local-fs.single-disk-limit.check.interval-ms': integer(
    5000,
    'Pause between looks at that disk, in ms',
  ),
  'mapreduce.job.local-fs.single-disk-limit.check.kill-limit-exceed': bool(
    true,
    'A job that goes beyond that limit fails; false: the TaskTracker warns',
  ),
  'mapreduce.task.io.sort.mb': integer(100, 'MiB of the sort buffer'),
  'mapreduce.map.sort.spill.percent': decimal(0.8, 'Share of the sort buffer at which it is spilled'),
  'mapreduce.task.io.sort.factor': integer(10, 'Streams merged at once'),
  'mapreduce.reduce.shuffle.parallelcopies': integer(5, 'Map outputs that a reduce fetches at once'),
  'mapreduce.reduce.memory.totalbytes': bytes(
    268435456,
    'Map outputs that a reduce keeps in memory; others go to the disk',
  ),
  'mapreduce.jobtracker.expire.trackers.interval': millis(30000, 'Silence after which a TaskTracker is lost'),
  'mapreduce.tasktracker.heartbeat.interval': millis(
    1000,
    'Pause between heartbeats of a TaskTracker; a finished task is told at once',
  ),
  'mapreduce.tasktracker.local.dir.minspacestart': bytes(
    0,
    'Bytes that must be free in mapreduce.cluster.local.dir for the TaskTracker to take tasks; at least 1 MiB',
  ),
  'mapreduce.tasktracker.healthchecker.interval': millis(
    60000,
    'Pause between looks whether mapreduce.cluster.local.dir can be written',
  ),
  'mapreduce.local.map.tasks.maximum': integer(0, 'Map tasks at once without a cluster; 0: one for each core'),
  'mapreduce.local.reduce.tasks.maximum': integer(0, 'Reduce tasks at once without a cluster; 0: one for each core'),
  'mapreduce.task.timeout': millis(
    600000,
    'Time without progress and without work after which a task is killed; 0: never',
  ),
  'calf.task.busy.timeout': millis(
    3600000,
    'Time without progress after which a task is killed that uses a processor: a long call, or an endless loop; 0: never',
  ),
  'mapreduce.input.fileinputformat.split.minsize': bytes(0, 'Smallest split'),
  'mapreduce.input.fileinputformat.split.maxsize': bytes(Number.MAX_SAFE_INTEGER, 'Largest split'),
  'mapreduce.input.fileinputformat.input.dir.recursive': bool(false, 'Input directories are read with all below them'),
  'mapreduce.input.fileinputformat.input.dir.nonrecursive.ignore.subdirs': bool(
    false,
    'Directories within an input directory are left out, rather than refused',
  ),
  'textinputformat.record.delimiter': text('', 'Text that ends a record of textInput; default: the ends of lines'),
  'mapreduce.input.linerecordreader.line.maxlength': integer(
    2147483647,
    'Lines of this many bytes or more, with their ends, are left out',
  ),
  'mapreduce.input.lineinputformat.linespermap': integer(1, 'Lines of a split of nLineInput'),
  'mapreduce.input.keyvaluelinerecordreader.key.value.separator': text(
    '\t',
    'Character that ends the key in a line of keyValueTextInput',
  ),
  'mapreduce.output.textoutputformat.separator': text('\t', 'Text between key and value in the output'),
  'mapreduce.output.fileoutputformat.compress': bool(false, 'The output of jobs is compressed'),
  'mapreduce.output.fileoutputformat.compress.codec': text(
    'org.apache.hadoop.io.compress.DefaultCodec',
    "Its codec, by the name of Hadoop's class or a short one, such as gzip; the suffix of its files follows",
  ),
  'mapreduce.output.fileoutputformat.compress.type': text(
    'RECORD',
    'Compression of SequenceFiles: NONE, RECORD (each value) or BLOCK (many records together)',
  ),
  'mapreduce.map.output.compress': bool(false, 'Spills and the outputs of maps are compressed'),
  'mapreduce.map.output.compress.codec': text('org.apache.hadoop.io.compress.DefaultCodec', 'Their codec'),
  'mapreduce.fileoutputcommitter.algorithm.version': integer(
    2,
    'The files of a task come into the output directory when the task has succeeded (2), or the job (1)',
  ),
  'mapreduce.fileoutputcommitter.marksuccessfuljobs': bool(true, 'A job that succeeds leaves a file _SUCCESS'),
} as const satisfies PropertyTable;
