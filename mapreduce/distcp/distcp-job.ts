/** The job of a copy: maps copy files and make directories, one reduce keeps the logs and ends the copy. */
import type { Configuration } from '../../conf/configuration.ts';
import { type AnyJob, job, type MapContext, nullOutput, type ReduceContext } from '../api/api.ts';
import { jobConfiguration } from '../job/job-configuration.ts';
import { CopyCommitter } from './copy-committer.ts';
import { type CopyContext, CopyMapper, type LogKey } from './copy-mapper.ts';
import type { CopyEntry } from './listing-file.ts';
import { dynamicInput, uniformSizeInput } from './listing-input.ts';

/** Returns the job anew for each attempt, which has its own state in it. */
export function distCpJob(conf: Configuration): AnyJob {
  const strategy = jobConfiguration(conf).get('distcp.copy.strategy');
  let mapper: CopyMapper | undefined;
  let committer: CopyCommitter | undefined;
  type Context = MapContext<LogKey, string, string> | ReduceContext<null, null, LogKey>;
  const isMap = (context: Context): context is CopyContext => context.phase === 'map';
  return job<LogKey, string, null, null, string, CopyEntry>({
    name: 'distcp',
    input: strategy === 'dynamic' ? dynamicInput() : uniformSizeInput(),
    output: nullOutput(),
    reducers: 1,
    async setup(context: Context) {
      if (isMap(context)) mapper = await CopyMapper.create(context);
      else committer = new CopyCommitter(context);
    },
    map: async (entry, context) => await mapper?.map(entry, context),
    reduce: async (key, values) => await committer?.reduce(key, values),
    async cleanup(context: Context) {
      if (isMap(context)) mapper?.end(context);
      else await committer?.commit(context);
    },
  });
}
