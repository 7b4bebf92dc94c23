import { fileURLToPath } from 'node:url';
import { Stack } from 'aws-cdk-lib';
import * as ecr from 'aws-cdk-lib/aws-ecr';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import { ECR_IMAGE } from './setting-problems.js';
import type { Settings } from './settings.js';

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** The image that the task runs: built from this project, or a ready one. Only what is in ECR gets a permission to pull. */
export function taskImage(scope: Construct, { imageUri, architecture }: Settings): ecs.ContainerImage {
  if (imageUri === null) {
    const platform = architecture === 'ARM64' ? Platform.LINUX_ARM64 : Platform.LINUX_AMD64;
    return ecs.ContainerImage.fromAsset(PROJECT, { platform });
  }
  const [, account, region, repositoryName, tag, digest] = ECR_IMAGE.exec(imageUri) ?? [];
  if (account === undefined || region === undefined || repositoryName === undefined) {
    return ecs.ContainerImage.fromRegistry(imageUri);
  }
  const repositoryArn = Stack.of(scope).formatArn({
    ...{ service: 'ecr', account, region },
    ...{ resource: 'repository', resourceName: repositoryName },
  });
  const repository = ecr.Repository.fromRepositoryAttributes(scope, 'Repository', { repositoryArn, repositoryName });
  // Of both, the digest is what is pulled.
  return ecs.ContainerImage.fromEcrRepository(repository, digest ?? tag);
}
