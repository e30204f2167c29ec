import { Body, Controller, Post } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  defineWizard,
  type StandardSchema,
  Wizard,
  type WizardFields,
  WizardModule,
  type WizardView,
} from '../../src/index.js';
import { textFields } from '../checkout-wizard.js';
import { ADAPTERS, type RunningApp, startApp } from '../support/start-app.js';

/** Takes whatever comes, as a schema of unknown keys does. */
const anything: StandardSchema<unknown, WizardFields> = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate: (value) => ({ value: value as WizardFields }),
  },
};

const survey = defineWizard({
  id: 'survey',
  version: 1,
  steps: { open: { schema: anything }, strict: { schema: textFields('name') } },
  complete: () => ({}),
});

/** A controller of the application's own, which passes on what it is sent. */
@Controller('own')
class OwnController {
  @Post('draft')
  async draft(@Body() body: OwnBody, @Wizard('survey') wizard: Wizard<typeof survey>) {
    const { instance, ...write } = body;
    return { status: (await wizard.draft(instance, write)).status };
  }
}

interface OwnBody {
  readonly instance: string;
  readonly revision: number;
  readonly step: string;
  readonly fields: WizardFields;
}

/** As text, because no object of a test has a key `__proto__`. */
const FIELDS: readonly (readonly [string, string])[] = [
  ['a number beyond all bounds', '{"name":1e400}'],
  ['one in a list', '{"name":[1,[-1e400]]}'],
  ['half of a character in a name', '{"\\ud83d":"x"}'],
  ['the name __proto__', '{"__proto__":{"admin":true}}'],
  ['the name constructor', '{"name":{"constructor":{"prototype":1}}}'],
];

describe.each(ADAPTERS)('answers that no session can hold on %s', (adapter) => {
  let running: RunningApp;

  beforeAll(async () => {
    const imports = [WizardModule.register([survey], { path: '/forms' })];
    running = await startApp({ adapter, controllers: [OwnController], imports });
  });
  afterAll(() => running.close());

  const begun = async () => {
    const browser = running.browser();
    await browser.fetch('/session?csrf=1');
    const { instance } = (await (await browser.post('/forms/survey')).json()) as WizardView;
    const at = `/forms/survey/${instance}`;
    const send = async (method: string, path: string, body: string) => {
      const headers = { 'content-type': 'application/json' };
      const response = await browser.fetch(path, { method, headers, body });
      return { status: response.status, ...((await response.json()) as object) };
    };
    return { browser, instance, at, send };
  };

  test.each(FIELDS)(
    '%s: are the client’s mistake wherever they come, and change nothing',
    async (_what, fields) => {
      const { browser, instance, at, send } = await begun();
      const write = `"revision":1,"step":"open","fields":${fields}`;
      for (const [method, path, body] of [
        ['PUT', `${at}/draft/open`, `{${write}}`],
        ['POST', `${at}/next`, `{${write}}`],
        ['POST', `${at}/back`, `{${write}}`],
        ['POST', '/own/draft', `{"instance":"${instance}",${write}}`],
      ] as const) {
        const answer = await send(method, path, body);
        // Fastify's parser refuses names of prototypes by itself.
        expect([path, answer.status]).toEqual([path, 400]);
        expect(JSON.stringify(answer)).not.toContain('data.wizards');
      }
      expect(await browser.json(at)).toMatchObject({ revision: 1, answers: {}, drafts: {} });
      expect(running.logs.text).not.toContain('was answered 500');
    },
  );

  test('are told by their path', async () => {
    const { at, send } = await begun();
    const body = '{"revision":1,"fields":{"name":[1e400]}}';
    expect(await send('PUT', `${at}/draft/open`, body)).toMatchObject({
      code: 'bad-request',
      detail: 'session value at fields.name[0] is Infinity',
    });
  });

  test('are no matter where the schema leaves them out', async () => {
    const { browser, at, send } = await begun();
    expect(await send('POST', `${at}/next`, '{"revision":1,"fields":{}}')).toMatchObject({
      status: 'open',
      step: 'strict',
    });
    const fields = '{"name":"Ada","more":1e400}';
    await send('POST', `${at}/next`, `{"revision":2,"fields":${fields}}`);
    expect((await browser.json<WizardView>(at)).answers.strict).toEqual({ name: 'Ada' });
    const invalid = await send(
      'POST',
      `${at}/next`,
      '{"revision":3,"step":"strict","fields":{"more":1e400}}',
    );
    expect(invalid.status).toBe(400);
  });
});
