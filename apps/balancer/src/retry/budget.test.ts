import { expect, test } from 'vitest';
import { budgetAllows } from './budget.js';

test.each([
  { active: 0, repeating: 0, allowed: true },
  { active: 0, repeating: 7, allowed: true },
  { active: 0, repeating: 8, allowed: false },
  { active: 40, repeating: 8, allowed: false },
  { active: 100, repeating: 19, allowed: true },
  { active: 100, repeating: 20, allowed: false },
])('$repeating repetitions among $active requests: another is $allowed', (row) => {
  expect(budgetAllows(row.active, row.repeating, 0.2, 8)).toBe(row.allowed);
});
