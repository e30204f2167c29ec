import { DeadlineSources } from '../event-stream/deadline-sources.js';
import { SessionStreams } from '../event-stream/session-streams.js';
import type { FeatureProviders } from './feature-providers.js';

export const EVENT_STREAM_PROVIDERS: FeatureProviders = {
  providers: [DeadlineSources, SessionStreams],
  exports: [DeadlineSources],
};
