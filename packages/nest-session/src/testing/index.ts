export { FakeClock, type FakeClockOptions } from './fake-clock.js';
export { signIn } from './sign-in.js';
export { TestAgent } from './test-agent.js';
export {
  createTestCluster,
  type TestCluster,
  type TestClusterOptions,
  type TestNode,
} from './test-cluster.js';
