import { Args, Field, Int, Mutation, ObjectType, Query, Resolver } from '@nestjs/graphql';
import {
  Authenticated,
  FreshLogin,
  Principal,
  RateLimit,
  Roles,
  Session,
} from '@understudy/nest-session';

interface Visits {
  visits?: number;
}

@ObjectType()
export class Account {
  @Field()
  id!: string;

  @Field(() => [String])
  roles!: string[];
}

@Resolver(() => Account)
export class AccountResolver {
  @Query(() => Int)
  visits(@Session() session: Session<Visits>): number {
    return session.visits ?? 0;
  }

  @Mutation(() => Int)
  visit(@Session() session: Session<Visits>): number {
    return session.increment('visits');
  }

  @Mutation(() => Account)
  async login(
    @Session() session: Session<Visits>,
    @Args('id') id: string,
    @Args('roles', { type: () => [String] }) roles: string[],
  ): Promise<Account> {
    await session.login({ id, roles });
    return { id, roles };
  }

  @Mutation(() => Boolean)
  async logout(@Session() session: Session<Visits>): Promise<boolean> {
    await session.logout();
    return true;
  }

  @Query(() => Account)
  @Authenticated()
  me(@Principal() principal: Principal): Account {
    return { id: principal.id, roles: [...principal.roles] };
  }

  @Query(() => Int)
  @Roles('admin')
  secret(): number {
    return 42;
  }

  @Query(() => Boolean)
  @FreshLogin('5m')
  transfer(): boolean {
    return true;
  }

  @Query(() => Boolean)
  @RateLimit({ name: 'search', limit: 2, window: '1h', by: 'session' })
  search(): boolean {
    return true;
  }
}
