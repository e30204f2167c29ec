import { expect, test } from 'vitest';
import { begun, checkout } from '../../../test/checkout-wizard.js';
import { viewWizard } from '../view.js';
import { pageBeside } from './wizard-reply.js';

const view = viewWizard(checkout, begun());
const own = `/forms/checkout/${view.instance}/contact`;

test.each([
  ['/forms/checkout', own],
  ['/api/forms/checkout/x/next?to=/forms/checkout', `/api${own}`],
  ['/FORMS/checkout', own],
  ['//evil.example/forms/checkout', `/evil.example${own}`],
])('a request to %s is sent to %s', (target, page) => {
  expect(pageBeside('/forms', target)(view)).toBe(page);
});
