/** The Avro schema of the events in a `.jhist` file: the names and types that Hadoop 3.4's job history reads. */

/** The package of the events, which is also the prefix of their names in the file. */
export const EVENT_PACKAGE = 'org.apache.hadoop.mapreduce.jobhistory';

/** `?` is a text or null, `int[]` an array, `counters` a record of counters; a field without a type is a text. */
const EVENTS = {
  JobFinished:
    'jobid finishTime:long finishedMaps:int finishedReduces:int failedMaps:int failedReduces:int totalCounters:counters mapCounters:counters reduceCounters:counters killedMaps:int killedReduces:int',
  JobInited: 'jobid launchTime:long totalMaps:int totalReduces:int jobStatus uberized:boolean',
  JobSubmitted: 'jobid jobName userName submitTime:long jobConfPath acls:map jobQueueName',
  JobPriorityChange: 'jobid priority',
  JobUnsuccessfulCompletion:
    'jobid finishTime:long finishedMaps:int finishedReduces:int jobStatus diagnostics:? failedMaps:int failedReduces:int killedMaps:int killedReduces:int',
  MapAttemptFinished:
    'taskid attemptId taskType taskStatus mapFinishTime:long finishTime:long hostname port:int rackname state counters:counters clockSplits:int[] cpuUsages:int[] vMemKbytes:int[] physMemKbytes:int[]',
  ReduceAttemptFinished:
    'taskid attemptId taskType taskStatus shuffleFinishTime:long sortFinishTime:long finishTime:long hostname port:int rackname state counters:counters clockSplits:int[] cpuUsages:int[] vMemKbytes:int[] physMemKbytes:int[]',
  TaskAttemptStarted:
    'taskid taskType attemptId startTime:long trackerName httpPort:int shufflePort:int containerId locality:? avataar:?',
  TaskAttemptUnsuccessfulCompletion:
    'taskid taskType attemptId finishTime:long hostname port:int rackname status error clockSplits:int[] cpuUsages:int[] vMemKbytes:int[] physMemKbytes:int[]',
  TaskFailed: 'taskid taskType finishTime:long error failedDueToAttempt:? status',
  TaskFinished: 'taskid taskType finishTime:long status counters:counters successfulAttemptId:?',
  TaskStarted: 'taskid taskType startTime:long splitLocations',
} as const;

export type EventName = keyof typeof EVENTS;

const TYPES = [
  ...['JOB_SUBMITTED', 'JOB_INITED', 'JOB_FINISHED', 'JOB_PRIORITY_CHANGED', 'JOB_FAILED', 'JOB_KILLED'],
  ...['TASK_STARTED', 'TASK_FINISHED', 'TASK_FAILED'],
  ...['MAP_ATTEMPT_STARTED', 'MAP_ATTEMPT_FINISHED', 'MAP_ATTEMPT_FAILED', 'MAP_ATTEMPT_KILLED'],
  ...['REDUCE_ATTEMPT_STARTED', 'REDUCE_ATTEMPT_FINISHED', 'REDUCE_ATTEMPT_FAILED', 'REDUCE_ATTEMPT_KILLED'],
];

const record = (name: string, fields: readonly object[]) => ({ type: 'record', name, fields });
const listOf = (items: unknown) => ({ type: 'array', items });

function countersSchema(): object {
  const counter = record('JhCounter', [
    { name: 'name', type: 'string' },
    { name: 'displayName', type: 'string' },
    { name: 'value', type: 'long' },
  ]);
  const group = record('JhCounterGroup', [
    { name: 'name', type: 'string' },
    { name: 'displayName', type: 'string' },
    { name: 'counts', type: listOf(counter) },
  ]);
  return record('JhCounters', [
    { name: 'name', type: 'string' },
    { name: 'groups', type: listOf(group) },
  ]);
}

/** Returns the schema of one line of the file. A named type is defined where it stands first. */
export function eventSchema(): object {
  let counters: unknown = countersSchema();
  const typeOf = (type: string): unknown => {
    if (type === '?') return ['null', 'string'];
    if (type === 'int[]') return listOf('int');
    if (type === 'map') return { type: 'map', values: 'string' };
    if (type !== 'counters') return type;
    const first = counters;
    counters = 'JhCounters';
    return first;
  };
  const events = Object.entries(EVENTS).map(([name, text]) =>
    record(
      name,
      text.split(' ').map((field) => {
        const [own = '', type = 'string'] = field.split(':');
        return { name: own, type: typeOf(type), ...(type === '?' ? { default: null } : {}) };
      }),
    ),
  );
  const types = { type: 'enum', name: 'EventType', symbols: TYPES };
  const fields = [
    { name: 'type', type: types },
    { name: 'event', type: events },
  ];
  return { ...record('Event', fields), namespace: EVENT_PACKAGE };
}
