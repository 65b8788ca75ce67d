"""What a role lets its holder do: GET /api/v1/security/roles/{id}/permissions.

The names are the claims of the contract (1.3-rev2): of the operations that destroy, weaken, grant, restore or touch
secrets, each role has those that the contract's text gives it. assumed: that a server lists exactly these.
"""

from __future__ import annotations

from ..store import Doc


def _names(text: str) -> list[str]:
    return text.split()


_RESTORE = _names("""
    ChangeReplicaFailbackSwitchoverTime CopyUnstructuredDataFlrItem CreateComputerRecoveryToken DownloadFlrItem
    ExportEntraIdTenantItem MigrateIRMountedVMs PerformRemoteBareMetalRecovery PerformVolumeRestore
    PublishBackupContent RestoreEntireBucket RestoreEntireFileShare RestoreEntraIdTenantItem
    RestoreEntraIdTenantItemAttributes RestoreFlrItem StartAzureVMInstantRecovery StartEntireVmRestore
    StartEntireVmRestoreCloudDirector StartEntraIDAuditLogRestore StartEntraIDTenantRestore
    StartEntraIDTenantRestoreFromCopy StartFCDInstantRecovery StartFlrRestore StartHvVMInstantRecovery
    StartUnstructuredDataFlrRestore StartUnstructuredDataInstantRecovery StartViVMInstantRecovery
    StartViVMSnapshotReplicaCommitFailback StartViVMSnapshotReplicaFailback StartViVMSnapshotReplicaFailover
    StartViVMSnapshotReplicaPermanentFailover StartViVMSnapshotReplicaPlannedFailover
    StartViVMSnapshotReplicaSwitchToProductionFailback StartViVMSnapshotReplicaUndoFailback
    StartViVMSnapshotReplicaUndoFailover UpdateComputerRecoveryToken
""")
_KEYS = _names("""
    ChangeAccountPassword ChangeCloudCertificate ChangeCloudSecretKey ChangeLinuxPrivateKey ChangeLinuxRootPassword
    CreateCloudCredentials CreateEncryptionPasswords CreateKMServers DeleteCloudCredentials DeleteCredentials
    DeleteEncryptionPasswords DeleteKMServers ManageBestPracticeCompliance ModifySecurityAnalyzerSchedule
    UpdateCloudCredentials UpdateCredentials UpdateEncryptionPasswords UpdateKMServers
""")
_ADMINISTRATION = _names("""
    ChangeAclEffectiveAccess ChangeAclOwner ChangeHighAvailabilityCluster CreateCustomRole CreateDeploymentKit
    CreateGlobalVMExclusion CreateUser DeleteADDomain DeleteBackups DeleteComputerRecoveryToken DeleteCustomRole
    DeleteDiscoveredEntities DeleteEntraIDTenants DeleteHighAvailabilityCluster DeleteJobs DeleteManagedServers
    DeleteProtectionGroups DeleteProxies DeleteRepositories DeleteScaleOutRepositories DeleteUnstructuredDataServers
    DeleteUser DisableJobs DisableProtectionGroups DownloadBackupMeta EnableRepositoryMaintenanceMode
    EnableRepositorySealedMode ExportCredentials ExportEncryptionPasswords ImportCredentials
    ImportEncryptionPasswords ImportJobs ImportRepositories ManageAgentBackups MigrateAzureIRMountedVMs
    MigrateIRMountedDisks MigrateIRMountedUnstructuredDataShares PerformHighAvailabilityClusterFailover
    PerformHighAvailabilityClusterSwitchover RemoveLicense ResetUserMfa RevokeCapacityLicense RevokeInstanceLicense
    RevokeSocketLicense StartAzureIRSwitchover SuperAdmin SwitchIRMountedUnstructuredDataShares
    UpdateConfigBackupOptions UpdateCustomRole UpdateDiscoveredEntities UpdateEmailSettings UpdateEntraIDTenants
    UpdateEventForwardingSettings UpdateGeneralOptions UpdateHostAuthenticationSettings UpdateJobs
    UpdateManagedServers UpdateNotificationsSettings UpdateProtectionGroups UpdateProxies UpdateRepositories
    UpdateRepositoryAccessPermissions UpdateScaleOutRepositories UpdateTrafficRules UpdateUnstructuredDataServers
    UpdateUser UpdateUsersSettings
""")
_STOP = ["StopJobs", "StopSessions"]
_READ = ["ViewCredentials", "ViewUsersAndRoles"]

BY_NAME = {
    "Backup Administrator": [
        *_RESTORE,
        *_KEYS,
        *_ADMINISTRATION,
        *_STOP,
        *_READ,
        *("CreateCredentials", "MoveBackup", "UpdateRansomwareDetectionEvent", "ViewEncryptionPasswords"),
        *("GetCustomRoleDetails", "ViewUsersSettings"),
    ],
    "Security Administrator": [*_KEYS, *_READ, "CreateCredentials", "ViewEncryptionPasswords"],
    "Restore Operator": [*_RESTORE, *_READ, "CreateCredentials", "StopSessions"],
    "Backup Operator": [*_STOP, *_READ, "ViewEncryptionPasswords"],
    "Tape Operator": [],
    "Backup Viewer": [],
    "Incident API Operator": [
        "CreateSuspiciousActivityEvent",
        "StartMalwareBackupScan",
        "UpdateRansomwareDetectionEvent",
        "ViewSuspiciousActivityEvents",
        "ViewYaraRules",
    ],
}


def of(role: Doc) -> list[str]:
    """Sorted. Of a custom role: what its two switches open."""
    if role["isBuiltIn"]:
        return sorted(BY_NAME[role["name"]])
    found = set(_READ)
    if role.get("manageBackups"):
        found.update([*_STOP, "MoveBackup", "ViewEncryptionPasswords", "CreateJobs", "UpdateJobs", "DeleteJobs"])
    if role.get("manageRestores"):
        found.update([*_RESTORE, "CreateCredentials", "StopSessions"])
    return sorted(found)
