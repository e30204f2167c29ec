import { SessionStreams } from '../event-stream/session-streams.js';
import type { FeatureProviders } from './feature-providers.js';

export const EVENT_STREAM_PROVIDERS: FeatureProviders = {
  providers: [SessionStreams],
  exports: [],
};
