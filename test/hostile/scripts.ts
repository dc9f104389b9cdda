// Opens pages with markup in every name in a real browser: no script of a name runs.
import type { Arena } from './arena.ts';
import type { Chromium, Page } from './chromium.ts';
import { plantNames } from './names.ts';
import { PlantedServer } from './planted.ts';
import { MARKUP } from './values.ts';

/** Opens every page, and pages that do not escape. Returns the number of pages. @throws Error if a script runs, or can't run */
export async function openHostileNames(chromium: Chromium, arena: Arena): Promise<number> {
  const planted = await PlantedServer.start();
  try {
    const urls = await plantNames(arena);
    const page = await chromium.newPage();
    const walled = await ranOn(page, planted, 'walled');
    if (walled.length > 0) throw new Error(`our headers let scripts run: ${walled.join(' ')}`);
    // The policy of our pages would hide that a page does not escape.
    await page.send('Page.setBypassCSP', { enabled: true });
    const bare = await ranOn(page, planted, 'bare');
    // Text that is markup in XML alone runs nothing in HTML.
    const wanted = MARKUP.filter((text) => !text.includes('xmlns')).length;
    if (bare.length < wanted)
      throw new Error(`only ${bare.length} of ${wanted} scripts run where nothing escapes them`);
    for (const url of urls) {
      await page.open(url);
      if (await ran(page)) throw new Error(`a script of a name runs at ${url}`);
      const links = await page.run<string[]>(`[...document.querySelectorAll('a[href]')].map((link) => link.protocol)`);
      const bad = links.find((protocol) => protocol !== 'http:');
      if (bad !== undefined) throw new Error(`${url} has a link to ${bad}`);
    }
    await page.close();
    return urls.length;
  } finally {
    await planted.stop();
  }
}

/** Returns the pieces of markup whose script has run on the planted pages. */
async function ranOn(page: Page, planted: PlantedServer, kind: 'bare' | 'walled'): Promise<string[]> {
  const found: string[] = [];
  for (const [index, text] of MARKUP.entries()) {
    await page.open(`http://127.0.0.1:${planted.port}/${kind}/${index}`);
    if (await ran(page)) found.push(text);
  }
  return found;
}

/** Returns whether a script has run, after the page has got every event that could run one. */
const ran = (page: Page): Promise<boolean> =>
  page.run(`(async () => {
    for (const element of document.querySelectorAll('*'))
      for (const event of ['mouseover', 'focus', 'error', 'load', 'click'])
        if (element.tagName !== 'A') element.dispatchEvent(new Event(event));
    await new Promise((resolve) => setTimeout(resolve, 20));
    return window.calfScriptRan !== undefined;
  })()`);
