import { Global, Module } from '@nestjs/common';
import { EventJournal } from './event-journal.js';
import { SessionPlaces } from './session-places.js';
import { WhoAmIController } from './whoami.controller.js';

@Global()
@Module({
  controllers: [WhoAmIController],
  providers: [EventJournal, SessionPlaces],
  exports: [SessionPlaces],
})
export class ClusterModule {}
