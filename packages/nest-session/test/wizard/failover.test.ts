import { Controller, Module, Post, Req } from '@nestjs/common';
import { describe, expect, test } from 'vitest';
import { SessionModule, WizardModule, type WizardView } from '../../src/index.js';
import { createTestCluster, type TestNode } from '../../src/testing/index.js';
import { ADAPTERS } from '../support/start-app.js';
import { TripForm } from './trip-wizard.js';

describe.each(ADAPTERS)('a node that is lost inside `complete` on %s', (adapter) => {
  test('has the side effect run again elsewhere, with the same key and what was frozen', async () => {
    const form = new TripForm();
    @Controller()
    class TravellerController {
      @Post('traveller/:name')
      name(@Req() request: { session: Record<string, unknown>; params: { name: string } }) {
        request.session.traveller = request.params.name;
        return {};
      }
    }
    @Module({
      imports: [SessionModule.forRoot(), WizardModule.register([form.wizard], { path: '/forms' })],
      controllers: [TravellerController],
    })
    class TripModule {}
    const cluster = await createTestCluster({ module: TripModule, nodes: 3, adapter });
    const [lost, heir] = cluster.nodes as [TestNode, TestNode];
    const agent = lost.agent();
    const post = async (path: string, body: object, by = agent) => {
      const response = await by.fetch(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      return (await response.json()) as WizardView;
    };
    await agent.fetch('/traveller/Ada', { method: 'POST' });
    let state = await post('/forms/trip', {});
    const path = `/forms/trip/${state.instance}`;
    for (const fields of [{ to: 'Oslo' }, { holder: 'Ada', card: '4242' }]) {
      state = await post(`${path}/next`, { revision: state.revision, fields });
    }
    const inside = form.gate.hold('complete');
    const { revision } = state;
    const first = post(`${path}/submit`, { revision });
    await inside;
    lost.cable.disconnect();
    const survivor = agent.at(heir);
    // Another name in the session now does not change what was frozen with the claim.
    expect((await survivor.fetch('/traveller/Grace', { method: 'POST' })).status).toBe(201);
    const done = await post(`${path}/submit`, { revision }, survivor);
    expect(done).toMatchObject({
      status: 'done',
      outcome: { ticket: `ticket-${state.instance}` },
    });
    expect(form.runs).toEqual(Array(2).fill({ key: state.instance, to: 'Oslo', traveller: 'Ada' }));
    form.gate.release('complete');
    await first;
    lost.cable.connect();
    // Late, the first run finds its outcome told, and nothing is done a third time.
    const again = await post(`${path}/submit`, { revision }, survivor);
    expect(again.outcome).toEqual(done.outcome);
    expect(form.runs).toHaveLength(2);
    await cluster.close();
  });
});
