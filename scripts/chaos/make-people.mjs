// @ts-check
import { nodeTransport } from '@understudy/client/node';
import { ARTICLES, MAX_PER_ARTICLE, PATIENCE, PATIENT } from './limits.mjs';
import { Member } from './member.mjs';
import { Pair } from './pair.mjs';
import { seededRandom } from './random.mjs';
import { sdkMember } from './sdk-member.mjs';
import { readArticles, sdkPairShop, sdkShop } from './sdk-shop.mjs';
import { Shopper } from './shopper.mjs';
import { isBareChange, watchedFetch } from './watched-fetch.mjs';

/**
 * Everybody of a run, with a cookie jar each.
 *
 * @param {object} run
 * @param {import('../cluster/system.mjs').System} run.system
 * @param {import('./options.mjs').ChaosOptions} run.options
 * @param {import('./call-log.mjs').CallLog} run.log
 * @param {import('./weather.mjs').Weather} run.weather
 * @param {import('./diary.mjs').Diary | undefined} run.diary
 */
export async function makePeople({ system, options, log, weather, diary }) {
  const articles = await readArticles(system.url, ARTICLES);
  const nodeUrls = () => system.shops.flatMap((shop) => shop.url ?? []);
  // While no node is there nobody can be answered; whoever waits for the next one is.
  const patience = options.strike === 'all' ? PATIENT : PATIENCE;
  const transport = (/** @type {string} */ person) => {
    const fetch = watchedFetch((exchange) => {
      const { ok, url, answer } = exchange;
      // The others are addresses of nodes, which may be down.
      if (!ok && url.startsWith(`${system.url}/`)) log.addRefusal(answer);
      if (isBareChange(exchange)) log.bare += 1;
      diary?.add({ person, ...exchange });
    });
    return nodeTransport({ fetch });
  };
  let streams = options.seed;
  // A stream of its own: one more draw by one of them must not change what the others do.
  const newRandom = () => seededRandom(++streams);
  const make = (/** @type {number} */ count) => Array.from({ length: count }, (_, i) => i + 1);
  return {
    shoppers: make(options.shoppers).map((number) => {
      const name = `s${number}`;
      return new Shopper({
        name,
        enter: () => sdkShop(system.url, nodeUrls, patience, transport(name)),
        articles,
        maxPerArticle: MAX_PER_ARTICLE,
        random: newRandom(),
        posts: options.posts,
        pauseMaxMs: options.pauseMaxMs,
        log,
        weather,
      });
    }),
    pairs: make(options.pairs).map((number) => {
      const name = `p${number}`;
      const enter = () => sdkPairShop(system.url, nodeUrls, patience, transport(name));
      return new Pair({ name, enter, nodeUrls, articles, random: newRandom() });
    }),
    members: make(options.members).map((number) => {
      const name = `member-${number}`;
      const enter = () => sdkMember(system.url, nodeUrls, patience, transport(name));
      return new Member({ name, enter, articles, random: newRandom(), log, weather });
    }),
  };
}
