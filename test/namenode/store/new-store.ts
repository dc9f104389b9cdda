/** Makes stores for tests, and journals whose calls a test changes. */

import { EditJournal } from '../../../namenode/store/journal/edit-journal.ts';
import { EMPTY_STORE, makeStore } from '../../../namenode/store/make-store.ts';
import { NamespaceStore, type StoreOptions } from '../../../namenode/store/store.ts';
import type { Journal } from '../../../namenode/store/store-directory.ts';
import type { OpenJournal } from '../../../namenode/store/store-opening.ts';

/** Makes an empty store at the path and opens it. `journalBytes` is the length of each journal file. */
export async function openNew(
  storePath: string,
  options: StoreOptions & { journalBytes?: number } = {},
): Promise<NamespaceStore> {
  const { journalBytes, ...rest } = options;
  await makeStore(storePath, EMPTY_STORE, journalBytes === undefined ? {} : { journalBytes });
  return NamespaceStore.open(storePath, rest);
}

/** Returns a way to open journals in which `change` replaces some calls. */
export const journalWith =
  (change: (journal: EditJournal) => Partial<Journal>): OpenJournal =>
  async (...where) => {
    const journal = await EditJournal.open(...where);
    return {
      append: (...batch) => journal.append(...batch),
      wantsApplying: (applied) => journal.wantsApplying(applied),
      restart: () => journal.restart(),
      close: () => journal.close(),
      get run() {
        return journal.run;
      },
      ...change(journal),
    };
  };
