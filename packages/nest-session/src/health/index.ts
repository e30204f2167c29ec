export { type SessionHealth, SessionHealthIndicator } from './session-health.indicator.js';
