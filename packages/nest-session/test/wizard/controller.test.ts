import { Controller, Get, type INestApplication, VersioningType } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { Session, WizardModule, type WizardView } from '../../src/index.js';
import type { Browser } from '../support/browser.js';
import { shopController } from '../support/shop.js';
import { ADAPTERS, type Adapter, startApp } from '../support/start-app.js';
import { TripForm } from './trip-wizard.js';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const FORM = { ...HTML, 'content-type': 'application/x-www-form-urlencoded' };
const CARD = '4242424242424242';

@Controller('told')
class ToldController {
  @Get()
  told(@Session() session: Session) {
    return { told: session.flash('wizard') };
  }
}

async function startTrips(adapter: Adapter, prepare?: (app: INestApplication) => void) {
  const form = new TripForm();
  const running = await startApp({
    adapter,
    ...(prepare && { prepare }),
    controllers: [shopController(form.gate), ToldController],
    imports: [WizardModule.register([form.wizard], { path: '/forms' })],
  });
  return { form, running, browser: running.browser() };
}

async function view(response: Response, status = 200): Promise<WizardView> {
  expect(response.status).toBe(status);
  expect(response.headers.get('cache-control')).toContain('no-store');
  return (await response.json()) as WizardView;
}

async function problem(response: Response) {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  const { status, code, ...rest } = (await response.json()) as Record<string, unknown>;
  expect(status).toBe(response.status);
  return { status, code, ...rest } as Record<string, unknown> & { state?: WizardView };
}

const begin = async (browser: Browser) => view(await browser.post('/forms/trip'), 201);
const at = ({ instance }: WizardView, rest: string) => `/forms/trip/${instance}${rest}`;

/** Answers both steps. */
async function answered(browser: Browser): Promise<WizardView> {
  let state = await begin(browser);
  for (const fields of [{ to: 'Oslo' }, { holder: 'Ada', card: CARD }, {}]) {
    const { revision } = state;
    state = await view(await browser.post(at(state, '/next'), { revision, fields }));
  }
  return state;
}

const form = (browser: Browser, path: string, fields: Record<string, string>) =>
  browser.fetch(path, { method: 'POST', headers: FORM, body: new URLSearchParams(fields) });

describe.each(ADAPTERS)('the ready-made controller on %s, for programs', (adapter) => {
  test('takes a form from its first step to its outcome, once', async () => {
    const { form: trip, running, browser } = await startTrips(adapter);
    await browser.send('PUT', '/keys/traveller', { value: 'Ada' });
    const state = await answered(browser);
    expect(state).toMatchObject({ step: 'review', answers: { payment: { holder: 'Ada' } } });
    const { revision } = state;
    const submitted = await Promise.all([
      browser.post(at(state, '/submit'), { revision }),
      browser.post(at(state, '/submit'), { revision }),
    ]);
    const views = await Promise.all(submitted.map((response) => view(response)));
    for (const done of [...views, await view(await browser.fetch(at(state, '')))]) {
      expect(done).toMatchObject({
        status: 'done',
        outcome: { ticket: `ticket-${state.instance}` },
      });
    }
    expect(trip.runs).toEqual([{ key: state.instance, to: 'Oslo', traveller: 'Ada' }]);
    expect((await browser.json('/keys')).booked).toBe(`ticket-${state.instance}`);
    await running.close();
  });

  test('takes many clicks as one submit, and is not cancelled under it', async () => {
    const { form: trip, running, browser } = await startTrips(adapter);
    const state = await answered(browser);
    const { revision } = state;
    const inside = trip.gate.hold('complete');
    const submit = () => browser.post(at(state, '/submit'), { revision });
    const first = submit();
    await inside;
    const others = [submit(), submit()];
    const now = await view(await browser.fetch(at(state, '')));
    const cancelled = await problem(
      await browser.post(at(state, '/cancel'), { revision: now.revision }),
    );
    expect(cancelled).toMatchObject({ status: 409, code: 'wizard-refused', reason: 'submitted' });
    trip.gate.release('complete');
    for (const response of await Promise.all([first, ...others])) {
      expect(await view(response)).toMatchObject({ status: 'done' });
    }
    expect(trip.runs).toHaveLength(1);
    await running.close();
  });

  test('goes on with what was begun, and goes back and forth', async () => {
    const { running, browser } = await startTrips(adapter);
    const state = await answered(browser);
    const again = await view(await browser.post('/forms/trip'));
    expect([again.instance, again.step]).toEqual([state.instance, 'review']);
    const back = await view(await browser.post(at(state, '/back'), { revision: state.revision }));
    expect(back.step).toBe('payment');
    const first = await view(
      await browser.post(at(state, '/goto/where'), { revision: back.revision }),
    );
    const kept = await view(
      await browser.send('PUT', at(state, '/draft/payment'), {
        revision: first.revision,
        fields: { holder: 'Grace', card: CARD },
      }),
    );
    expect(kept).toMatchObject({ step: 'where', drafts: { payment: { holder: 'Grace' } } });
    expect(JSON.stringify(kept)).not.toContain(CARD);
    await running.close();
  });

  test('says what is wrong, and what the form is now', async () => {
    const { running, browser } = await startTrips(adapter);
    const state = await begin(browser);
    const { revision } = state;
    const invalid = await problem(
      await browser.post(at(state, '/next'), { revision, fields: { to: '' } }),
    );
    expect(invalid).toMatchObject({
      status: 422,
      code: 'wizard-invalid',
      issues: [{ path: 'to', message: 'to is missing' }],
      state: { step: 'where', drafts: { where: { to: '' } } },
    });
    const stale = await problem(await browser.post(at(state, '/next'), { revision }));
    expect(stale).toMatchObject({ status: 409, code: 'wizard-conflict' });
    const now = stale.state?.revision;
    const early = await problem(await browser.post(at(state, '/submit'), { revision: now }));
    expect(early).toMatchObject({ code: 'wizard-refused', reason: 'incomplete', step: 'where' });
    const far = await problem(await browser.post(at(state, '/goto/review'), { revision: now }));
    expect(far).toMatchObject({ status: 409, reason: 'not-reachable' });
    await running.close();
  });

  test('a rejected submit may be corrected and repeated', async () => {
    const { running, browser } = await startTrips(adapter);
    let state = await answered(browser);
    const { revision } = state;
    const fields = { to: 'Atlantis' };
    state = await view(await browser.post(at(state, '/next'), { revision, step: 'where', fields }));
    const rejected = await problem(
      await browser.post(at(state, '/submit'), { revision: state.revision }),
    );
    expect(rejected).toMatchObject({
      status: 409,
      code: 'wizard-rejected',
      reason: 'no-such-place',
      detail: 'It has sunk.',
      state: { status: 'failed' },
    });
    await running.close();
  });

  test('is cancelled with all that was typed, but not once it is submitted', async () => {
    const { running, browser } = await startTrips(adapter);
    const state = await begin(browser);
    const old = await problem(await browser.post(at(state, '/cancel'), { revision: 99 }));
    expect(old.code).toBe('wizard-conflict');
    const gone = await browser.post(at(state, '/cancel'), { revision: state.revision });
    expect(await gone.json()).toEqual({ status: 'cancelled' });
    expect(await problem(await browser.fetch(at(state, '')))).toMatchObject({
      status: 404,
      code: 'wizard-missing',
    });
    const other = await answered(browser);
    const done = await view(await browser.post(at(other, '/submit'), { revision: other.revision }));
    const late = await problem(
      await browser.post(at(other, '/cancel'), { revision: done.revision }),
    );
    expect(late).toMatchObject({ code: 'wizard-refused', reason: 'submitted' });
    await running.close();
  });

  test.each([
    ['no revision', { fields: {} }],
    ['a revision that is none', { revision: 'x' }],
    ['fields that are none', { revision: 1, fields: [] }],
    ['a step that is none', { revision: 1, step: 3 }],
  ])('%s is a bad request', async (_name, body) => {
    const { running, browser } = await startTrips(adapter);
    const state = await begin(browser);
    expect(await problem(await browser.post(at(state, '/next'), body))).toMatchObject({
      status: 400,
      code: 'bad-request',
    });
    await running.close();
  });

  test('knows no other form, action or step', async () => {
    const { running, browser } = await startTrips(adapter);
    const state = await begin(browser);
    const { revision } = state;
    for (const path of [
      '/forms/__proto__',
      '/forms/other',
      at(state, '/constructor'),
      '/forms/trip/somebody-elses-instance/next',
    ]) {
      expect((await problem(await browser.post(path, { revision }))).code).toBe('wizard-missing');
    }
    const nowhere = await problem(await browser.post(at(state, '/goto/toString'), { revision }));
    expect(nowhere).toMatchObject({ code: 'wizard-refused', reason: 'unknown-step' });
    await running.close();
  });
});

describe.each(ADAPTERS)('the ready-made controller on %s, for browsers', (adapter) => {
  test('sends them to the page of the step after everything they send', async () => {
    const { running, browser } = await startTrips(adapter);
    const begun = await form(browser, '/forms/trip', {});
    const token = browser.cookies.get('sid-csrf') as string;
    expect(begun.status).toBe(303);
    const page = begun.headers.get('location') as string;
    expect(page).toMatch(/^\/forms\/trip\/[\w-]{22}\/where$/);
    const base = page.slice(0, -'/where'.length);
    const next = await form(browser, `${base}/next`, {
      revision: '1',
      to: 'Oslo',
      _csrf: token,
    });
    expect([next.status, next.headers.get('location')]).toEqual([303, `${base}/payment`]);
    const resumed = await browser.fetch(base, { headers: HTML });
    expect(resumed.headers.get('location')).toBe(`${base}/payment`);
    const state = await view(await browser.fetch(base));
    expect(state.answers).toEqual({ where: { to: 'Oslo' } });
    const gone = await form(browser, `${base}/cancel`, { revision: String(state.revision) });
    expect([gone.status, gone.headers.get('location')]).toEqual([303, '/']);
    await running.close();
  });

  test('the next page is told what is wrong, and what is volatile stays out of the session', async () => {
    const { running, browser } = await startTrips(adapter);
    const state = await begin(browser);
    const step = async (fields: Record<string, string>) => {
      const { revision } = await view(await browser.fetch(at(state, '')));
      return form(browser, at(state, '/next'), { revision: String(revision), ...fields });
    };
    expect((await step({ to: '' })).headers.get('location')).toBe(at(state, '/where'));
    await step({ to: 'Oslo' });
    await step({ holder: '', card: '' });
    const stale = await form(browser, at(state, '/next'), { revision: '1' });
    expect(stale.headers.get('location')).toBe(at(state, '/payment'));
    expect((await browser.json('/told')).told).toEqual([
      'to: to is missing',
      'holder: holder is missing',
      'card: not accepted',
      'The form was changed elsewhere; this is what it is now.',
    ]);
    await running.close();
  });

  test.each<[string, (app: INestApplication) => void, string]>([
    ['a prefix', (app) => app.setGlobalPrefix('api'), '/api/forms/trip'],
    [
      'a prefix and versions, of which it has none',
      (app) =>
        app
          .setGlobalPrefix('api')
          .enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      '/api/forms/trip',
    ],
  ])('sends them to pages under %s', async (_name, prepare, base) => {
    const { running, browser } = await startTrips(adapter, prepare);
    const begun = await form(browser, `${base}?from=mail`, {});
    expect(begun.status).toBe(303);
    const page = begun.headers.get('location') as string;
    expect(page).toMatch(new RegExp(`^${base}/[\\w-]{22}/where$`));
    const instance = page.slice(0, -'/where'.length);
    const _csrf = browser.cookies.get('sid-csrf') as string;
    const next = await form(browser, `${instance}/next`, { revision: '1', to: 'Oslo', _csrf });
    expect(next.headers.get('location')).toBe(`${instance}/payment`);
    await running.close();
  });
});
