export {
  type MetricsRegistry,
  type MetricsSource,
  registerSessionMetrics,
} from './register-session-metrics.js';
