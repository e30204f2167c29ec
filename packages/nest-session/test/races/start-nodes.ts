import type { Type } from '@nestjs/common';
import type { SessionModuleOptions } from '../../src/index.js';
import { Browser } from '../support/browser.js';
import { type Adapter, startApp } from '../support/start-app.js';
import { startCluster } from '../support/start-cluster.js';

/** One application alone, or several that replicate to each other. */
export interface Nodes {
  readonly urls: readonly string[];
  /** Of the first node. */
  browser(): Browser;
  close(): Promise<void>;
}

export interface NodesSettings {
  readonly adapter: Adapter;
  readonly size: number;
  readonly controllers: readonly Type<unknown>[];
  readonly options?: SessionModuleOptions;
}

export async function startNodes({ size, ...settings }: NodesSettings): Promise<Nodes> {
  if (size === 1) {
    const running = await startApp(settings);
    return { urls: [running.url], browser: () => running.browser(), close: running.close };
  }
  const { nodes, close } = await startCluster({ size, ...settings });
  const urls = nodes.map(({ url }) => url);
  return { urls, browser: () => new Browser(urls[0] as string), close };
}

/** The node for the request of this number, in turn. */
export const urlAt = ({ urls }: Nodes, index: number): string =>
  urls[index % urls.length] as string;
