impl serde::Serialize for AddTokenResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AddTokenResponse", len)?;
        if let Some(v) = self.token.as_ref() {
            struct_ser.serialize_field("token", v)?;
        }
        if true {
            struct_ser.serialize_field("text", &self.text)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AddTokenResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "token",
            "text",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Token,
            Text,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "token" => Ok(GeneratedField::Token),
                            "text" => Ok(GeneratedField::Text),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AddTokenResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AddTokenResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AddTokenResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut token__ = None;
                let mut text__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Token => {
                            if token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("token"));
                            }
                            token__ = map_.next_value()?;
                        }
                        GeneratedField::Text => {
                            if text__.is_some() {
                                return Err(serde::de::Error::duplicate_field("text"));
                            }
                            text__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AddTokenResponse {
                    token: token__,
                    text: text__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AddTokenResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Alert {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Alert", len)?;
        if true {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if true {
            struct_ser.serialize_field("revision", &self.revision)?;
        }
        if true {
            let v = Verdict::try_from(self.verdict)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.verdict)))?;
            struct_ser.serialize_field("verdict", &v)?;
        }
        if let Some(v) = self.probabilities.as_ref() {
            struct_ser.serialize_field("probabilities", v)?;
        }
        if true {
            struct_ser.serialize_field("story", &self.story)?;
        }
        if true {
            struct_ser.serialize_field("image_digest", &self.image_digest)?;
        }
        if true {
            struct_ser.serialize_field("image_repository", &self.image_repository)?;
        }
        if true {
            struct_ser.serialize_field("image_tag", &self.image_tag)?;
        }
        if true {
            struct_ser.serialize_field("container_id", &self.container_id)?;
        }
        if true {
            struct_ser.serialize_field("container_name", &self.container_name)?;
        }
        if true {
            struct_ser.serialize_field("node", &self.node)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_seen_unix_ns", ToString::to_string(&self.first_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_seen_unix_ns", ToString::to_string(&self.last_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events", ToString::to_string(&self.events).as_str())?;
        }
        if true {
            struct_ser.serialize_field("findings", &self.findings)?;
        }
        if true {
            struct_ser.serialize_field("evidence", &self.evidence)?;
        }
        if true {
            struct_ser.serialize_field("caveats", &self.caveats)?;
        }
        if true {
            struct_ser.serialize_field("findings_omitted", &self.findings_omitted)?;
        }
        if true {
            struct_ser.serialize_field("surprise", &self.surprise)?;
        }
        if true {
            struct_ser.serialize_field("confidence", &self.confidence)?;
        }
        if true {
            struct_ser.serialize_field("namespace", &self.namespace)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("changed_unix_ns", ToString::to_string(&self.changed_unix_ns).as_str())?;
        }
        if let Some(v) = self.triage.as_ref() {
            struct_ser.serialize_field("triage", v)?;
        }
        if let Some(v) = self.operational.as_ref() {
            struct_ser.serialize_field("operational", v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("clock_offset_ns", ToString::to_string(&self.clock_offset_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Alert {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "revision",
            "verdict",
            "probabilities",
            "story",
            "image_digest",
            "imageDigest",
            "image_repository",
            "imageRepository",
            "image_tag",
            "imageTag",
            "container_id",
            "containerId",
            "container_name",
            "containerName",
            "node",
            "first_seen_unix_ns",
            "firstSeenUnixNs",
            "last_seen_unix_ns",
            "lastSeenUnixNs",
            "events",
            "findings",
            "evidence",
            "caveats",
            "findings_omitted",
            "findingsOmitted",
            "surprise",
            "confidence",
            "namespace",
            "changed_unix_ns",
            "changedUnixNs",
            "triage",
            "operational",
            "clock_offset_ns",
            "clockOffsetNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Revision,
            Verdict,
            Probabilities,
            Story,
            ImageDigest,
            ImageRepository,
            ImageTag,
            ContainerId,
            ContainerName,
            Node,
            FirstSeenUnixNs,
            LastSeenUnixNs,
            Events,
            Findings,
            Evidence,
            Caveats,
            FindingsOmitted,
            Surprise,
            Confidence,
            Namespace,
            ChangedUnixNs,
            Triage,
            Operational,
            ClockOffsetNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "revision" => Ok(GeneratedField::Revision),
                            "verdict" => Ok(GeneratedField::Verdict),
                            "probabilities" => Ok(GeneratedField::Probabilities),
                            "story" => Ok(GeneratedField::Story),
                            "imageDigest" | "image_digest" => Ok(GeneratedField::ImageDigest),
                            "imageRepository" | "image_repository" => Ok(GeneratedField::ImageRepository),
                            "imageTag" | "image_tag" => Ok(GeneratedField::ImageTag),
                            "containerId" | "container_id" => Ok(GeneratedField::ContainerId),
                            "containerName" | "container_name" => Ok(GeneratedField::ContainerName),
                            "node" => Ok(GeneratedField::Node),
                            "firstSeenUnixNs" | "first_seen_unix_ns" => Ok(GeneratedField::FirstSeenUnixNs),
                            "lastSeenUnixNs" | "last_seen_unix_ns" => Ok(GeneratedField::LastSeenUnixNs),
                            "events" => Ok(GeneratedField::Events),
                            "findings" => Ok(GeneratedField::Findings),
                            "evidence" => Ok(GeneratedField::Evidence),
                            "caveats" => Ok(GeneratedField::Caveats),
                            "findingsOmitted" | "findings_omitted" => Ok(GeneratedField::FindingsOmitted),
                            "surprise" => Ok(GeneratedField::Surprise),
                            "confidence" => Ok(GeneratedField::Confidence),
                            "namespace" => Ok(GeneratedField::Namespace),
                            "changedUnixNs" | "changed_unix_ns" => Ok(GeneratedField::ChangedUnixNs),
                            "triage" => Ok(GeneratedField::Triage),
                            "operational" => Ok(GeneratedField::Operational),
                            "clockOffsetNs" | "clock_offset_ns" => Ok(GeneratedField::ClockOffsetNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Alert;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Alert")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Alert, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut revision__ = None;
                let mut verdict__ = None;
                let mut probabilities__ = None;
                let mut story__ = None;
                let mut image_digest__ = None;
                let mut image_repository__ = None;
                let mut image_tag__ = None;
                let mut container_id__ = None;
                let mut container_name__ = None;
                let mut node__ = None;
                let mut first_seen_unix_ns__ = None;
                let mut last_seen_unix_ns__ = None;
                let mut events__ = None;
                let mut findings__ = None;
                let mut evidence__ = None;
                let mut caveats__ = None;
                let mut findings_omitted__ = None;
                let mut surprise__ = None;
                let mut confidence__ = None;
                let mut namespace__ = None;
                let mut changed_unix_ns__ = None;
                let mut triage__ = None;
                let mut operational__ = None;
                let mut clock_offset_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Verdict => {
                            if verdict__.is_some() {
                                return Err(serde::de::Error::duplicate_field("verdict"));
                            }
                            verdict__ = Some(map_.next_value::<Verdict>()? as i32);
                        }
                        GeneratedField::Probabilities => {
                            if probabilities__.is_some() {
                                return Err(serde::de::Error::duplicate_field("probabilities"));
                            }
                            probabilities__ = map_.next_value()?;
                        }
                        GeneratedField::Story => {
                            if story__.is_some() {
                                return Err(serde::de::Error::duplicate_field("story"));
                            }
                            story__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImageDigest => {
                            if image_digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imageDigest"));
                            }
                            image_digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImageRepository => {
                            if image_repository__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imageRepository"));
                            }
                            image_repository__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImageTag => {
                            if image_tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imageTag"));
                            }
                            image_tag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ContainerId => {
                            if container_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containerId"));
                            }
                            container_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ContainerName => {
                            if container_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containerName"));
                            }
                            container_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Node => {
                            if node__.is_some() {
                                return Err(serde::de::Error::duplicate_field("node"));
                            }
                            node__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FirstSeenUnixNs => {
                            if first_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstSeenUnixNs"));
                            }
                            first_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastSeenUnixNs => {
                            if last_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastSeenUnixNs"));
                            }
                            last_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Events => {
                            if events__.is_some() {
                                return Err(serde::de::Error::duplicate_field("events"));
                            }
                            events__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Findings => {
                            if findings__.is_some() {
                                return Err(serde::de::Error::duplicate_field("findings"));
                            }
                            findings__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Evidence => {
                            if evidence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("evidence"));
                            }
                            evidence__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Caveats => {
                            if caveats__.is_some() {
                                return Err(serde::de::Error::duplicate_field("caveats"));
                            }
                            caveats__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FindingsOmitted => {
                            if findings_omitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("findingsOmitted"));
                            }
                            findings_omitted__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Surprise => {
                            if surprise__.is_some() {
                                return Err(serde::de::Error::duplicate_field("surprise"));
                            }
                            surprise__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Confidence => {
                            if confidence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("confidence"));
                            }
                            confidence__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Namespace => {
                            if namespace__.is_some() {
                                return Err(serde::de::Error::duplicate_field("namespace"));
                            }
                            namespace__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ChangedUnixNs => {
                            if changed_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("changedUnixNs"));
                            }
                            changed_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Triage => {
                            if triage__.is_some() {
                                return Err(serde::de::Error::duplicate_field("triage"));
                            }
                            triage__ = map_.next_value()?;
                        }
                        GeneratedField::Operational => {
                            if operational__.is_some() {
                                return Err(serde::de::Error::duplicate_field("operational"));
                            }
                            operational__ = map_.next_value()?;
                        }
                        GeneratedField::ClockOffsetNs => {
                            if clock_offset_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("clockOffsetNs"));
                            }
                            clock_offset_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Alert {
                    id: id__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    verdict: verdict__.unwrap_or_default(),
                    probabilities: probabilities__,
                    story: story__.unwrap_or_default(),
                    image_digest: image_digest__.unwrap_or_default(),
                    image_repository: image_repository__.unwrap_or_default(),
                    image_tag: image_tag__.unwrap_or_default(),
                    container_id: container_id__.unwrap_or_default(),
                    container_name: container_name__.unwrap_or_default(),
                    node: node__.unwrap_or_default(),
                    first_seen_unix_ns: first_seen_unix_ns__.unwrap_or_default(),
                    last_seen_unix_ns: last_seen_unix_ns__.unwrap_or_default(),
                    events: events__.unwrap_or_default(),
                    findings: findings__.unwrap_or_default(),
                    evidence: evidence__.unwrap_or_default(),
                    caveats: caveats__.unwrap_or_default(),
                    findings_omitted: findings_omitted__.unwrap_or_default(),
                    surprise: surprise__.unwrap_or_default(),
                    confidence: confidence__.unwrap_or_default(),
                    namespace: namespace__.unwrap_or_default(),
                    changed_unix_ns: changed_unix_ns__.unwrap_or_default(),
                    triage: triage__,
                    operational: operational__,
                    clock_offset_ns: clock_offset_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Alert", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AlertChange {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AlertChange", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("cursor", ToString::to_string(&self.cursor).as_str())?;
        }
        if let Some(v) = self.alert.as_ref() {
            struct_ser.serialize_field("alert", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AlertChange {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "cursor",
            "alert",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Cursor,
            Alert,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cursor" => Ok(GeneratedField::Cursor),
                            "alert" => Ok(GeneratedField::Alert),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AlertChange;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AlertChange")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AlertChange, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut cursor__ = None;
                let mut alert__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Cursor => {
                            if cursor__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cursor"));
                            }
                            cursor__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Alert => {
                            if alert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alert"));
                            }
                            alert__ = map_.next_value()?;
                        }
                    }
                }
                Ok(AlertChange {
                    cursor: cursor__.unwrap_or_default(),
                    alert: alert__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AlertChange", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AlertCount {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AlertCount", len)?;
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("alerts", ToString::to_string(&self.alerts).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AlertCount {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "value",
            "alerts",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Value,
            Alerts,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "value" => Ok(GeneratedField::Value),
                            "alerts" => Ok(GeneratedField::Alerts),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AlertCount;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AlertCount")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AlertCount, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut value__ = None;
                let mut alerts__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Alerts => {
                            if alerts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alerts"));
                            }
                            alerts__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AlertCount {
                    value: value__.unwrap_or_default(),
                    alerts: alerts__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AlertCount", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AlertExplanation {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AlertExplanation", len)?;
        if let Some(v) = self.alert.as_ref() {
            struct_ser.serialize_field("alert", v)?;
        }
        if true {
            struct_ser.serialize_field("logits", &self.logits)?;
        }
        if let Some(v) = self.probabilities.as_ref() {
            struct_ser.serialize_field("probabilities", v)?;
        }
        if true {
            struct_ser.serialize_field("drift_threshold", &self.drift_threshold)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AlertExplanation {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "alert",
            "logits",
            "probabilities",
            "drift_threshold",
            "driftThreshold",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Alert,
            Logits,
            Probabilities,
            DriftThreshold,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "alert" => Ok(GeneratedField::Alert),
                            "logits" => Ok(GeneratedField::Logits),
                            "probabilities" => Ok(GeneratedField::Probabilities),
                            "driftThreshold" | "drift_threshold" => Ok(GeneratedField::DriftThreshold),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AlertExplanation;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AlertExplanation")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AlertExplanation, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut alert__ = None;
                let mut logits__ = None;
                let mut probabilities__ = None;
                let mut drift_threshold__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Alert => {
                            if alert__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alert"));
                            }
                            alert__ = map_.next_value()?;
                        }
                        GeneratedField::Logits => {
                            if logits__.is_some() {
                                return Err(serde::de::Error::duplicate_field("logits"));
                            }
                            logits__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Probabilities => {
                            if probabilities__.is_some() {
                                return Err(serde::de::Error::duplicate_field("probabilities"));
                            }
                            probabilities__ = map_.next_value()?;
                        }
                        GeneratedField::DriftThreshold => {
                            if drift_threshold__.is_some() {
                                return Err(serde::de::Error::duplicate_field("driftThreshold"));
                            }
                            drift_threshold__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AlertExplanation {
                    alert: alert__,
                    logits: logits__.unwrap_or_default(),
                    probabilities: probabilities__,
                    drift_threshold: drift_threshold__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AlertExplanation", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AlertGap {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AlertGap", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("from", ToString::to_string(&self.from).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("to", ToString::to_string(&self.to).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AlertGap {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "from",
            "to",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            From,
            To,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "from" => Ok(GeneratedField::From),
                            "to" => Ok(GeneratedField::To),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AlertGap;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AlertGap")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AlertGap, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut from__ = None;
                let mut to__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::From => {
                            if from__.is_some() {
                                return Err(serde::de::Error::duplicate_field("from"));
                            }
                            from__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::To => {
                            if to__.is_some() {
                                return Err(serde::de::Error::duplicate_field("to"));
                            }
                            to__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AlertGap {
                    from: from__.unwrap_or_default(),
                    to: to__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AlertGap", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AlertProgress {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AlertProgress", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("cursor", ToString::to_string(&self.cursor).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AlertProgress {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "cursor",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Cursor,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cursor" => Ok(GeneratedField::Cursor),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AlertProgress;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AlertProgress")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AlertProgress, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut cursor__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Cursor => {
                            if cursor__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cursor"));
                            }
                            cursor__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(AlertProgress {
                    cursor: cursor__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AlertProgress", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for AppliedAction {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "APPLIED_ACTION_UNSPECIFIED",
            Self::Unchanged => "APPLIED_ACTION_UNCHANGED",
            Self::Decided => "APPLIED_ACTION_DECIDED",
            Self::Revoked => "APPLIED_ACTION_REVOKED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for AppliedAction {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "APPLIED_ACTION_UNSPECIFIED",
            "APPLIED_ACTION_UNCHANGED",
            "APPLIED_ACTION_DECIDED",
            "APPLIED_ACTION_REVOKED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = AppliedAction;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "APPLIED_ACTION_UNSPECIFIED" => Ok(AppliedAction::Unspecified),
                    "APPLIED_ACTION_UNCHANGED" => Ok(AppliedAction::Unchanged),
                    "APPLIED_ACTION_DECIDED" => Ok(AppliedAction::Decided),
                    "APPLIED_ACTION_REVOKED" => Ok(AppliedAction::Revoked),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for AppliedDecision {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AppliedDecision", len)?;
        if true {
            let v = AppliedAction::try_from(self.action)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.action)))?;
            struct_ser.serialize_field("action", &v)?;
        }
        if let Some(v) = self.decision.as_ref() {
            struct_ser.serialize_field("decision", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AppliedDecision {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "action",
            "decision",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Action,
            Decision,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "action" => Ok(GeneratedField::Action),
                            "decision" => Ok(GeneratedField::Decision),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AppliedDecision;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AppliedDecision")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AppliedDecision, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut action__ = None;
                let mut decision__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Action => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("action"));
                            }
                            action__ = Some(map_.next_value::<AppliedAction>()? as i32);
                        }
                        GeneratedField::Decision => {
                            if decision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decision"));
                            }
                            decision__ = map_.next_value()?;
                        }
                    }
                }
                Ok(AppliedDecision {
                    action: action__.unwrap_or_default(),
                    decision: decision__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AppliedDecision", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ApplyIntentResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ApplyIntentResponse", len)?;
        if true {
            struct_ser.serialize_field("decisions", &self.decisions)?;
        }
        if true {
            let v = LearnedOutcome::try_from(self.learned)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.learned)))?;
            struct_ser.serialize_field("learned", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("behaviours", ToString::to_string(&self.behaviours).as_str())?;
        }
        if true {
            struct_ser.serialize_field("etag", &self.etag)?;
        }
        if true {
            let v = LearnedOutcome::try_from(self.declared)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.declared)))?;
            struct_ser.serialize_field("declared", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("starts", ToString::to_string(&self.starts).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ApplyIntentResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "decisions",
            "learned",
            "behaviours",
            "etag",
            "declared",
            "starts",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Decisions,
            Learned,
            Behaviours,
            Etag,
            Declared,
            Starts,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "decisions" => Ok(GeneratedField::Decisions),
                            "learned" => Ok(GeneratedField::Learned),
                            "behaviours" => Ok(GeneratedField::Behaviours),
                            "etag" => Ok(GeneratedField::Etag),
                            "declared" => Ok(GeneratedField::Declared),
                            "starts" => Ok(GeneratedField::Starts),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ApplyIntentResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ApplyIntentResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ApplyIntentResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut decisions__ = None;
                let mut learned__ = None;
                let mut behaviours__ = None;
                let mut etag__ = None;
                let mut declared__ = None;
                let mut starts__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Decisions => {
                            if decisions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decisions"));
                            }
                            decisions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Learned => {
                            if learned__.is_some() {
                                return Err(serde::de::Error::duplicate_field("learned"));
                            }
                            learned__ = Some(map_.next_value::<LearnedOutcome>()? as i32);
                        }
                        GeneratedField::Behaviours => {
                            if behaviours__.is_some() {
                                return Err(serde::de::Error::duplicate_field("behaviours"));
                            }
                            behaviours__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Etag => {
                            if etag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("etag"));
                            }
                            etag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Declared => {
                            if declared__.is_some() {
                                return Err(serde::de::Error::duplicate_field("declared"));
                            }
                            declared__ = Some(map_.next_value::<LearnedOutcome>()? as i32);
                        }
                        GeneratedField::Starts => {
                            if starts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("starts"));
                            }
                            starts__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ApplyIntentResponse {
                    decisions: decisions__.unwrap_or_default(),
                    learned: learned__.unwrap_or_default(),
                    behaviours: behaviours__.unwrap_or_default(),
                    etag: etag__.unwrap_or_default(),
                    declared: declared__.unwrap_or_default(),
                    starts: starts__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ApplyIntentResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Aspect {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ASPECT_UNSPECIFIED",
            Self::Execs => "ASPECT_EXECS",
            Self::ResolvedPaths => "ASPECT_RESOLVED_PATHS",
            Self::ExactArguments => "ASPECT_EXACT_ARGUMENTS",
            Self::Users => "ASPECT_USERS",
            Self::Capabilities => "ASPECT_CAPABILITIES",
            Self::RightsChanges => "ASPECT_RIGHTS_CHANGES",
            Self::Layers => "ASPECT_LAYERS",
            Self::Memory => "ASPECT_MEMORY",
            Self::Deleted => "ASPECT_DELETED",
            Self::Terminals => "ASPECT_TERMINALS",
            Self::SocketStdio => "ASPECT_SOCKET_STDIO",
            Self::Sessions => "ASPECT_SESSIONS",
            Self::HostNamespaces => "ASPECT_HOST_NAMESPACES",
            Self::Exits => "ASPECT_EXITS",
            Self::Listen => "ASPECT_LISTEN",
            Self::Connect => "ASPECT_CONNECT",
            Self::Accept => "ASPECT_ACCEPT",
            Self::Datagrams => "ASPECT_DATAGRAMS",
            Self::Traffic => "ASPECT_TRAFFIC",
            Self::Dns => "ASPECT_DNS",
            Self::Calls => "ASPECT_CALLS",
            Self::FileDigests => "ASPECT_FILE_DIGESTS",
            Self::Forks => "ASPECT_FORKS",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Aspect {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ASPECT_UNSPECIFIED",
            "ASPECT_EXECS",
            "ASPECT_RESOLVED_PATHS",
            "ASPECT_EXACT_ARGUMENTS",
            "ASPECT_USERS",
            "ASPECT_CAPABILITIES",
            "ASPECT_RIGHTS_CHANGES",
            "ASPECT_LAYERS",
            "ASPECT_MEMORY",
            "ASPECT_DELETED",
            "ASPECT_TERMINALS",
            "ASPECT_SOCKET_STDIO",
            "ASPECT_SESSIONS",
            "ASPECT_HOST_NAMESPACES",
            "ASPECT_EXITS",
            "ASPECT_LISTEN",
            "ASPECT_CONNECT",
            "ASPECT_ACCEPT",
            "ASPECT_DATAGRAMS",
            "ASPECT_TRAFFIC",
            "ASPECT_DNS",
            "ASPECT_CALLS",
            "ASPECT_FILE_DIGESTS",
            "ASPECT_FORKS",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Aspect;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ASPECT_UNSPECIFIED" => Ok(Aspect::Unspecified),
                    "ASPECT_EXECS" => Ok(Aspect::Execs),
                    "ASPECT_RESOLVED_PATHS" => Ok(Aspect::ResolvedPaths),
                    "ASPECT_EXACT_ARGUMENTS" => Ok(Aspect::ExactArguments),
                    "ASPECT_USERS" => Ok(Aspect::Users),
                    "ASPECT_CAPABILITIES" => Ok(Aspect::Capabilities),
                    "ASPECT_RIGHTS_CHANGES" => Ok(Aspect::RightsChanges),
                    "ASPECT_LAYERS" => Ok(Aspect::Layers),
                    "ASPECT_MEMORY" => Ok(Aspect::Memory),
                    "ASPECT_DELETED" => Ok(Aspect::Deleted),
                    "ASPECT_TERMINALS" => Ok(Aspect::Terminals),
                    "ASPECT_SOCKET_STDIO" => Ok(Aspect::SocketStdio),
                    "ASPECT_SESSIONS" => Ok(Aspect::Sessions),
                    "ASPECT_HOST_NAMESPACES" => Ok(Aspect::HostNamespaces),
                    "ASPECT_EXITS" => Ok(Aspect::Exits),
                    "ASPECT_LISTEN" => Ok(Aspect::Listen),
                    "ASPECT_CONNECT" => Ok(Aspect::Connect),
                    "ASPECT_ACCEPT" => Ok(Aspect::Accept),
                    "ASPECT_DATAGRAMS" => Ok(Aspect::Datagrams),
                    "ASPECT_TRAFFIC" => Ok(Aspect::Traffic),
                    "ASPECT_DNS" => Ok(Aspect::Dns),
                    "ASPECT_CALLS" => Ok(Aspect::Calls),
                    "ASPECT_FILE_DIGESTS" => Ok(Aspect::FileDigests),
                    "ASPECT_FORKS" => Ok(Aspect::Forks),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for AuditEntry {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.AuditEntry", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("cursor", ToString::to_string(&self.cursor).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("unix_ns", ToString::to_string(&self.unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("role", &self.role)?;
        }
        if true {
            struct_ser.serialize_field("credential", &self.credential)?;
        }
        if true {
            struct_ser.serialize_field("address", &self.address)?;
        }
        if true {
            struct_ser.serialize_field("method", &self.method)?;
        }
        if true {
            struct_ser.serialize_field("target", &self.target)?;
        }
        if true {
            struct_ser.serialize_field("outcome", &self.outcome)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for AuditEntry {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "cursor",
            "unix_ns",
            "unixNs",
            "name",
            "role",
            "credential",
            "address",
            "method",
            "target",
            "outcome",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Cursor,
            UnixNs,
            Name,
            Role,
            Credential,
            Address,
            Method,
            Target,
            Outcome,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "cursor" => Ok(GeneratedField::Cursor),
                            "unixNs" | "unix_ns" => Ok(GeneratedField::UnixNs),
                            "name" => Ok(GeneratedField::Name),
                            "role" => Ok(GeneratedField::Role),
                            "credential" => Ok(GeneratedField::Credential),
                            "address" => Ok(GeneratedField::Address),
                            "method" => Ok(GeneratedField::Method),
                            "target" => Ok(GeneratedField::Target),
                            "outcome" => Ok(GeneratedField::Outcome),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = AuditEntry;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.AuditEntry")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<AuditEntry, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut cursor__ = None;
                let mut unix_ns__ = None;
                let mut name__ = None;
                let mut role__ = None;
                let mut credential__ = None;
                let mut address__ = None;
                let mut method__ = None;
                let mut target__ = None;
                let mut outcome__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Cursor => {
                            if cursor__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cursor"));
                            }
                            cursor__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::UnixNs => {
                            if unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unixNs"));
                            }
                            unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Role => {
                            if role__.is_some() {
                                return Err(serde::de::Error::duplicate_field("role"));
                            }
                            role__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Credential => {
                            if credential__.is_some() {
                                return Err(serde::de::Error::duplicate_field("credential"));
                            }
                            credential__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Address => {
                            if address__.is_some() {
                                return Err(serde::de::Error::duplicate_field("address"));
                            }
                            address__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Method => {
                            if method__.is_some() {
                                return Err(serde::de::Error::duplicate_field("method"));
                            }
                            method__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Target => {
                            if target__.is_some() {
                                return Err(serde::de::Error::duplicate_field("target"));
                            }
                            target__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(AuditEntry {
                    cursor: cursor__.unwrap_or_default(),
                    unix_ns: unix_ns__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    role: role__.unwrap_or_default(),
                    credential: credential__.unwrap_or_default(),
                    address: address__.unwrap_or_default(),
                    method: method__.unwrap_or_default(),
                    target: target__.unwrap_or_default(),
                    outcome: outcome__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.AuditEntry", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Baseline {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Baseline", len)?;
        if let Some(v) = self.image.as_ref() {
            struct_ser.serialize_field("image", v)?;
        }
        if true {
            struct_ser.serialize_field("behaviours", &self.behaviours)?;
        }
        if true {
            struct_ser.serialize_field("next_page_token", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Baseline {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "image",
            "behaviours",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Image,
            Behaviours,
            NextPageToken,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "image" => Ok(GeneratedField::Image),
                            "behaviours" => Ok(GeneratedField::Behaviours),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Baseline;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Baseline")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Baseline, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut image__ = None;
                let mut behaviours__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = map_.next_value()?;
                        }
                        GeneratedField::Behaviours => {
                            if behaviours__.is_some() {
                                return Err(serde::de::Error::duplicate_field("behaviours"));
                            }
                            behaviours__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Baseline {
                    image: image__,
                    behaviours: behaviours__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Baseline", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for BaselineState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "BASELINE_STATE_UNSPECIFIED",
            Self::Learning => "BASELINE_STATE_LEARNING",
            Self::Stable => "BASELINE_STATE_STABLE",
            Self::Open => "BASELINE_STATE_OPEN",
            Self::Unwatched => "BASELINE_STATE_UNWATCHED",
            Self::Locked => "BASELINE_STATE_LOCKED",
            Self::Archived => "BASELINE_STATE_ARCHIVED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for BaselineState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "BASELINE_STATE_UNSPECIFIED",
            "BASELINE_STATE_LEARNING",
            "BASELINE_STATE_STABLE",
            "BASELINE_STATE_OPEN",
            "BASELINE_STATE_UNWATCHED",
            "BASELINE_STATE_LOCKED",
            "BASELINE_STATE_ARCHIVED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = BaselineState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "BASELINE_STATE_UNSPECIFIED" => Ok(BaselineState::Unspecified),
                    "BASELINE_STATE_LEARNING" => Ok(BaselineState::Learning),
                    "BASELINE_STATE_STABLE" => Ok(BaselineState::Stable),
                    "BASELINE_STATE_OPEN" => Ok(BaselineState::Open),
                    "BASELINE_STATE_UNWATCHED" => Ok(BaselineState::Unwatched),
                    "BASELINE_STATE_LOCKED" => Ok(BaselineState::Locked),
                    "BASELINE_STATE_ARCHIVED" => Ok(BaselineState::Archived),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for BrokenPolicy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.BrokenPolicy", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("unix_ns", ToString::to_string(&self.unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("executable", &self.executable)?;
        }
        if true {
            let v = EnforcementRule::try_from(self.rule)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.rule)))?;
            struct_ser.serialize_field("rule", &v)?;
        }
        if true {
            let v = EnforcementOutcome::try_from(self.outcome)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.outcome)))?;
            struct_ser.serialize_field("outcome", &v)?;
        }
        if true {
            struct_ser.serialize_field("container_id", &self.container_id)?;
        }
        if true {
            struct_ser.serialize_field("node", &self.node)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BrokenPolicy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "unix_ns",
            "unixNs",
            "executable",
            "rule",
            "outcome",
            "container_id",
            "containerId",
            "node",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            UnixNs,
            Executable,
            Rule,
            Outcome,
            ContainerId,
            Node,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "unixNs" | "unix_ns" => Ok(GeneratedField::UnixNs),
                            "executable" => Ok(GeneratedField::Executable),
                            "rule" => Ok(GeneratedField::Rule),
                            "outcome" => Ok(GeneratedField::Outcome),
                            "containerId" | "container_id" => Ok(GeneratedField::ContainerId),
                            "node" => Ok(GeneratedField::Node),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BrokenPolicy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.BrokenPolicy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BrokenPolicy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut unix_ns__ = None;
                let mut executable__ = None;
                let mut rule__ = None;
                let mut outcome__ = None;
                let mut container_id__ = None;
                let mut node__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::UnixNs => {
                            if unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unixNs"));
                            }
                            unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Executable => {
                            if executable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("executable"));
                            }
                            executable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Rule => {
                            if rule__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rule"));
                            }
                            rule__ = Some(map_.next_value::<EnforcementRule>()? as i32);
                        }
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value::<EnforcementOutcome>()? as i32);
                        }
                        GeneratedField::ContainerId => {
                            if container_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containerId"));
                            }
                            container_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Node => {
                            if node__.is_some() {
                                return Err(serde::de::Error::duplicate_field("node"));
                            }
                            node__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(BrokenPolicy {
                    unix_ns: unix_ns__.unwrap_or_default(),
                    executable: executable__.unwrap_or_default(),
                    rule: rule__.unwrap_or_default(),
                    outcome: outcome__.unwrap_or_default(),
                    container_id: container_id__.unwrap_or_default(),
                    node: node__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.BrokenPolicy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CallKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CALL_KIND_UNSPECIFIED",
            Self::ExecFailed => "CALL_KIND_EXEC_FAILED",
            Self::Ptrace => "CALL_KIND_PTRACE",
            Self::Memfd => "CALL_KIND_MEMFD",
            Self::Setns => "CALL_KIND_SETNS",
            Self::Unshare => "CALL_KIND_UNSHARE",
            Self::Mount => "CALL_KIND_MOUNT",
            Self::Module => "CALL_KIND_MODULE",
            Self::Bpf => "CALL_KIND_BPF",
            Self::MadeExecutable => "CALL_KIND_MADE_EXECUTABLE",
            Self::UnixConnect => "CALL_KIND_UNIX_CONNECT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for CallKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CALL_KIND_UNSPECIFIED",
            "CALL_KIND_EXEC_FAILED",
            "CALL_KIND_PTRACE",
            "CALL_KIND_MEMFD",
            "CALL_KIND_SETNS",
            "CALL_KIND_UNSHARE",
            "CALL_KIND_MOUNT",
            "CALL_KIND_MODULE",
            "CALL_KIND_BPF",
            "CALL_KIND_MADE_EXECUTABLE",
            "CALL_KIND_UNIX_CONNECT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = CallKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CALL_KIND_UNSPECIFIED" => Ok(CallKind::Unspecified),
                    "CALL_KIND_EXEC_FAILED" => Ok(CallKind::ExecFailed),
                    "CALL_KIND_PTRACE" => Ok(CallKind::Ptrace),
                    "CALL_KIND_MEMFD" => Ok(CallKind::Memfd),
                    "CALL_KIND_SETNS" => Ok(CallKind::Setns),
                    "CALL_KIND_UNSHARE" => Ok(CallKind::Unshare),
                    "CALL_KIND_MOUNT" => Ok(CallKind::Mount),
                    "CALL_KIND_MODULE" => Ok(CallKind::Module),
                    "CALL_KIND_BPF" => Ok(CallKind::Bpf),
                    "CALL_KIND_MADE_EXECUTABLE" => Ok(CallKind::MadeExecutable),
                    "CALL_KIND_UNIX_CONNECT" => Ok(CallKind::UnixConnect),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Collector {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Collector", len)?;
        if true {
            struct_ser.serialize_field("node", &self.node)?;
        }
        if true {
            struct_ser.serialize_field("version", &self.version)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("durable_seq", ToString::to_string(&self.durable_seq).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Collector {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "node",
            "version",
            "durable_seq",
            "durableSeq",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Node,
            Version,
            DurableSeq,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "node" => Ok(GeneratedField::Node),
                            "version" => Ok(GeneratedField::Version),
                            "durableSeq" | "durable_seq" => Ok(GeneratedField::DurableSeq),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Collector;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Collector")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Collector, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut node__ = None;
                let mut version__ = None;
                let mut durable_seq__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Node => {
                            if node__.is_some() {
                                return Err(serde::de::Error::duplicate_field("node"));
                            }
                            node__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DurableSeq => {
                            if durable_seq__.is_some() {
                                return Err(serde::de::Error::duplicate_field("durableSeq"));
                            }
                            durable_seq__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Collector {
                    node: node__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                    durable_seq: durable_seq__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Collector", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ConfirmedAction {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "CONFIRMED_ACTION_UNSPECIFIED",
            Self::None => "CONFIRMED_ACTION_NONE",
            Self::Pause => "CONFIRMED_ACTION_PAUSE",
            Self::Stop => "CONFIRMED_ACTION_STOP",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ConfirmedAction {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CONFIRMED_ACTION_UNSPECIFIED",
            "CONFIRMED_ACTION_NONE",
            "CONFIRMED_ACTION_PAUSE",
            "CONFIRMED_ACTION_STOP",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ConfirmedAction;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CONFIRMED_ACTION_UNSPECIFIED" => Ok(ConfirmedAction::Unspecified),
                    "CONFIRMED_ACTION_NONE" => Ok(ConfirmedAction::None),
                    "CONFIRMED_ACTION_PAUSE" => Ok(ConfirmedAction::Pause),
                    "CONFIRMED_ACTION_STOP" => Ok(ConfirmedAction::Stop),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Consumer {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Consumer", len)?;
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("cursor", ToString::to_string(&self.cursor).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("behind", ToString::to_string(&self.behind).as_str())?;
        }
        if true {
            struct_ser.serialize_field("connected", &self.connected)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("created_unix_ns", ToString::to_string(&self.created_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("used_unix_ns", ToString::to_string(&self.used_unix_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Consumer {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "cursor",
            "behind",
            "connected",
            "created_unix_ns",
            "createdUnixNs",
            "used_unix_ns",
            "usedUnixNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Cursor,
            Behind,
            Connected,
            CreatedUnixNs,
            UsedUnixNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "cursor" => Ok(GeneratedField::Cursor),
                            "behind" => Ok(GeneratedField::Behind),
                            "connected" => Ok(GeneratedField::Connected),
                            "createdUnixNs" | "created_unix_ns" => Ok(GeneratedField::CreatedUnixNs),
                            "usedUnixNs" | "used_unix_ns" => Ok(GeneratedField::UsedUnixNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Consumer;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Consumer")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Consumer, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut cursor__ = None;
                let mut behind__ = None;
                let mut connected__ = None;
                let mut created_unix_ns__ = None;
                let mut used_unix_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Cursor => {
                            if cursor__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cursor"));
                            }
                            cursor__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Behind => {
                            if behind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("behind"));
                            }
                            behind__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Connected => {
                            if connected__.is_some() {
                                return Err(serde::de::Error::duplicate_field("connected"));
                            }
                            connected__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CreatedUnixNs => {
                            if created_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdUnixNs"));
                            }
                            created_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::UsedUnixNs => {
                            if used_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("usedUnixNs"));
                            }
                            used_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Consumer {
                    name: name__.unwrap_or_default(),
                    cursor: cursor__.unwrap_or_default(),
                    behind: behind__.unwrap_or_default(),
                    connected: connected__.unwrap_or_default(),
                    created_unix_ns: created_unix_ns__.unwrap_or_default(),
                    used_unix_ns: used_unix_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Consumer", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Containment {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Containment", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("order", ToString::to_string(&self.order).as_str())?;
        }
        if true {
            let v = ConfirmedAction::try_from(self.action)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.action)))?;
            struct_ser.serialize_field("action", &v)?;
        }
        if true {
            let v = OrderOutcome::try_from(self.outcome)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.outcome)))?;
            struct_ser.serialize_field("outcome", &v)?;
        }
        if true {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("asked_unix_ns", ToString::to_string(&self.asked_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("expires_unix_ns", ToString::to_string(&self.expires_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("answered_unix_ns", ToString::to_string(&self.answered_unix_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Containment {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "order",
            "action",
            "outcome",
            "reason",
            "asked_unix_ns",
            "askedUnixNs",
            "expires_unix_ns",
            "expiresUnixNs",
            "answered_unix_ns",
            "answeredUnixNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Order,
            Action,
            Outcome,
            Reason,
            AskedUnixNs,
            ExpiresUnixNs,
            AnsweredUnixNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "order" => Ok(GeneratedField::Order),
                            "action" => Ok(GeneratedField::Action),
                            "outcome" => Ok(GeneratedField::Outcome),
                            "reason" => Ok(GeneratedField::Reason),
                            "askedUnixNs" | "asked_unix_ns" => Ok(GeneratedField::AskedUnixNs),
                            "expiresUnixNs" | "expires_unix_ns" => Ok(GeneratedField::ExpiresUnixNs),
                            "answeredUnixNs" | "answered_unix_ns" => Ok(GeneratedField::AnsweredUnixNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Containment;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Containment")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Containment, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut order__ = None;
                let mut action__ = None;
                let mut outcome__ = None;
                let mut reason__ = None;
                let mut asked_unix_ns__ = None;
                let mut expires_unix_ns__ = None;
                let mut answered_unix_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Order => {
                            if order__.is_some() {
                                return Err(serde::de::Error::duplicate_field("order"));
                            }
                            order__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Action => {
                            if action__.is_some() {
                                return Err(serde::de::Error::duplicate_field("action"));
                            }
                            action__ = Some(map_.next_value::<ConfirmedAction>()? as i32);
                        }
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value::<OrderOutcome>()? as i32);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AskedUnixNs => {
                            if asked_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("askedUnixNs"));
                            }
                            asked_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExpiresUnixNs => {
                            if expires_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expiresUnixNs"));
                            }
                            expires_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AnsweredUnixNs => {
                            if answered_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("answeredUnixNs"));
                            }
                            answered_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Containment {
                    order: order__.unwrap_or_default(),
                    action: action__.unwrap_or_default(),
                    outcome: outcome__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    asked_unix_ns: asked_unix_ns__.unwrap_or_default(),
                    expires_unix_ns: expires_unix_ns__.unwrap_or_default(),
                    answered_unix_ns: answered_unix_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Containment", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CountAlertsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.CountAlertsResponse", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("total", ToString::to_string(&self.total).as_str())?;
        }
        if true {
            struct_ser.serialize_field("groups", &self.groups)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("omitted", ToString::to_string(&self.omitted).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for CountAlertsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "total",
            "groups",
            "omitted",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Total,
            Groups,
            Omitted,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "total" => Ok(GeneratedField::Total),
                            "groups" => Ok(GeneratedField::Groups),
                            "omitted" => Ok(GeneratedField::Omitted),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = CountAlertsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.CountAlertsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<CountAlertsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut total__ = None;
                let mut groups__ = None;
                let mut omitted__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Total => {
                            if total__.is_some() {
                                return Err(serde::de::Error::duplicate_field("total"));
                            }
                            total__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Groups => {
                            if groups__.is_some() {
                                return Err(serde::de::Error::duplicate_field("groups"));
                            }
                            groups__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Omitted => {
                            if omitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("omitted"));
                            }
                            omitted__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(CountAlertsResponse {
                    total: total__.unwrap_or_default(),
                    groups: groups__.unwrap_or_default(),
                    omitted: omitted__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.CountAlertsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Coverage {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "COVERAGE_UNSPECIFIED",
            Self::Full => "COVERAGE_FULL",
            Self::Partial => "COVERAGE_PARTIAL",
            Self::None => "COVERAGE_NONE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Coverage {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "COVERAGE_UNSPECIFIED",
            "COVERAGE_FULL",
            "COVERAGE_PARTIAL",
            "COVERAGE_NONE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Coverage;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "COVERAGE_UNSPECIFIED" => Ok(Coverage::Unspecified),
                    "COVERAGE_FULL" => Ok(Coverage::Full),
                    "COVERAGE_PARTIAL" => Ok(Coverage::Partial),
                    "COVERAGE_NONE" => Ok(Coverage::None),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for DecideResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DecideResponse", len)?;
        if true {
            struct_ser.serialize_field("decisions", &self.decisions)?;
        }
        if true {
            struct_ser.serialize_field("omitted", &self.omitted)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DecideResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "decisions",
            "omitted",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Decisions,
            Omitted,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "decisions" => Ok(GeneratedField::Decisions),
                            "omitted" => Ok(GeneratedField::Omitted),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DecideResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DecideResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DecideResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut decisions__ = None;
                let mut omitted__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Decisions => {
                            if decisions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decisions"));
                            }
                            decisions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Omitted => {
                            if omitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("omitted"));
                            }
                            omitted__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DecideResponse {
                    decisions: decisions__.unwrap_or_default(),
                    omitted: omitted__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DecideResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Decided {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Decided", len)?;
        if true {
            let v = DecisionKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if true {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if true {
            struct_ser.serialize_field("author", &self.author)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Decided {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kind",
            "id",
            "author",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Kind,
            Id,
            Author,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "kind" => Ok(GeneratedField::Kind),
                            "id" => Ok(GeneratedField::Id),
                            "author" => Ok(GeneratedField::Author),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Decided;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Decided")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Decided, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                let mut id__ = None;
                let mut author__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<DecisionKind>()? as i32);
                        }
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Author => {
                            if author__.is_some() {
                                return Err(serde::de::Error::duplicate_field("author"));
                            }
                            author__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Decided {
                    kind: kind__.unwrap_or_default(),
                    id: id__.unwrap_or_default(),
                    author: author__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Decided", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Decision {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Decision", len)?;
        if true {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if true {
            let v = DecisionKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if true {
            struct_ser.serialize_field("dimension", &self.dimension)?;
        }
        if true {
            struct_ser.serialize_field("context", &self.context)?;
        }
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if true {
            let v = DecisionScope::try_from(self.scope)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.scope)))?;
            struct_ser.serialize_field("scope", &v)?;
        }
        if true {
            struct_ser.serialize_field("scope_name", &self.scope_name)?;
        }
        if true {
            struct_ser.serialize_field("author", &self.author)?;
        }
        if true {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if true {
            struct_ser.serialize_field("alert_id", &self.alert_id)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("created_unix_ns", ToString::to_string(&self.created_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("expires_unix_ns", ToString::to_string(&self.expires_unix_ns).as_str())?;
        }
        if let Some(v) = self.revoked.as_ref() {
            struct_ser.serialize_field("revoked", v)?;
        }
        if true {
            struct_ser.serialize_field("rows", &self.rows)?;
        }
        if true {
            struct_ser.serialize_field("revision", &self.revision)?;
        }
        if true {
            struct_ser.serialize_field("document", &self.document)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Decision {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "kind",
            "dimension",
            "context",
            "value",
            "scope",
            "scope_name",
            "scopeName",
            "author",
            "reason",
            "alert_id",
            "alertId",
            "created_unix_ns",
            "createdUnixNs",
            "expires_unix_ns",
            "expiresUnixNs",
            "revoked",
            "rows",
            "revision",
            "document",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Kind,
            Dimension,
            Context,
            Value,
            Scope,
            ScopeName,
            Author,
            Reason,
            AlertId,
            CreatedUnixNs,
            ExpiresUnixNs,
            Revoked,
            Rows,
            Revision,
            Document,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "kind" => Ok(GeneratedField::Kind),
                            "dimension" => Ok(GeneratedField::Dimension),
                            "context" => Ok(GeneratedField::Context),
                            "value" => Ok(GeneratedField::Value),
                            "scope" => Ok(GeneratedField::Scope),
                            "scopeName" | "scope_name" => Ok(GeneratedField::ScopeName),
                            "author" => Ok(GeneratedField::Author),
                            "reason" => Ok(GeneratedField::Reason),
                            "alertId" | "alert_id" => Ok(GeneratedField::AlertId),
                            "createdUnixNs" | "created_unix_ns" => Ok(GeneratedField::CreatedUnixNs),
                            "expiresUnixNs" | "expires_unix_ns" => Ok(GeneratedField::ExpiresUnixNs),
                            "revoked" => Ok(GeneratedField::Revoked),
                            "rows" => Ok(GeneratedField::Rows),
                            "revision" => Ok(GeneratedField::Revision),
                            "document" => Ok(GeneratedField::Document),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Decision;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Decision")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Decision, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut kind__ = None;
                let mut dimension__ = None;
                let mut context__ = None;
                let mut value__ = None;
                let mut scope__ = None;
                let mut scope_name__ = None;
                let mut author__ = None;
                let mut reason__ = None;
                let mut alert_id__ = None;
                let mut created_unix_ns__ = None;
                let mut expires_unix_ns__ = None;
                let mut revoked__ = None;
                let mut rows__ = None;
                let mut revision__ = None;
                let mut document__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<DecisionKind>()? as i32);
                        }
                        GeneratedField::Dimension => {
                            if dimension__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimension"));
                            }
                            dimension__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Context => {
                            if context__.is_some() {
                                return Err(serde::de::Error::duplicate_field("context"));
                            }
                            context__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Scope => {
                            if scope__.is_some() {
                                return Err(serde::de::Error::duplicate_field("scope"));
                            }
                            scope__ = Some(map_.next_value::<DecisionScope>()? as i32);
                        }
                        GeneratedField::ScopeName => {
                            if scope_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("scopeName"));
                            }
                            scope_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Author => {
                            if author__.is_some() {
                                return Err(serde::de::Error::duplicate_field("author"));
                            }
                            author__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AlertId => {
                            if alert_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alertId"));
                            }
                            alert_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CreatedUnixNs => {
                            if created_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdUnixNs"));
                            }
                            created_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExpiresUnixNs => {
                            if expires_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expiresUnixNs"));
                            }
                            expires_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Revoked => {
                            if revoked__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revoked"));
                            }
                            revoked__ = map_.next_value()?;
                        }
                        GeneratedField::Rows => {
                            if rows__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rows"));
                            }
                            rows__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Document => {
                            if document__.is_some() {
                                return Err(serde::de::Error::duplicate_field("document"));
                            }
                            document__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Decision {
                    id: id__.unwrap_or_default(),
                    kind: kind__.unwrap_or_default(),
                    dimension: dimension__.unwrap_or_default(),
                    context: context__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    scope: scope__.unwrap_or_default(),
                    scope_name: scope_name__.unwrap_or_default(),
                    author: author__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    alert_id: alert_id__.unwrap_or_default(),
                    created_unix_ns: created_unix_ns__.unwrap_or_default(),
                    expires_unix_ns: expires_unix_ns__.unwrap_or_default(),
                    revoked: revoked__,
                    rows: rows__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    document: document__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Decision", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DecisionKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "DECISION_KIND_UNSPECIFIED",
            Self::Approve => "DECISION_KIND_APPROVE",
            Self::Deny => "DECISION_KIND_DENY",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for DecisionKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "DECISION_KIND_UNSPECIFIED",
            "DECISION_KIND_APPROVE",
            "DECISION_KIND_DENY",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = DecisionKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "DECISION_KIND_UNSPECIFIED" => Ok(DecisionKind::Unspecified),
                    "DECISION_KIND_APPROVE" => Ok(DecisionKind::Approve),
                    "DECISION_KIND_DENY" => Ok(DecisionKind::Deny),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for DecisionScope {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "DECISION_SCOPE_UNSPECIFIED",
            Self::Image => "DECISION_SCOPE_IMAGE",
            Self::Repository => "DECISION_SCOPE_REPOSITORY",
            Self::All => "DECISION_SCOPE_ALL",
            Self::Namespace => "DECISION_SCOPE_NAMESPACE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for DecisionScope {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "DECISION_SCOPE_UNSPECIFIED",
            "DECISION_SCOPE_IMAGE",
            "DECISION_SCOPE_REPOSITORY",
            "DECISION_SCOPE_ALL",
            "DECISION_SCOPE_NAMESPACE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = DecisionScope;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "DECISION_SCOPE_UNSPECIFIED" => Ok(DecisionScope::Unspecified),
                    "DECISION_SCOPE_IMAGE" => Ok(DecisionScope::Image),
                    "DECISION_SCOPE_REPOSITORY" => Ok(DecisionScope::Repository),
                    "DECISION_SCOPE_ALL" => Ok(DecisionScope::All),
                    "DECISION_SCOPE_NAMESPACE" => Ok(DecisionScope::Namespace),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredCommand {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredCommand", len)?;
        if true {
            struct_ser.serialize_field("words", &self.words)?;
        }
        if true {
            struct_ser.serialize_field("from", &self.from)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredCommand {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "words",
            "from",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Words,
            From,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "words" => Ok(GeneratedField::Words),
                            "from" => Ok(GeneratedField::From),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredCommand")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredCommand, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut words__ = None;
                let mut from__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Words => {
                            if words__.is_some() {
                                return Err(serde::de::Error::duplicate_field("words"));
                            }
                            words__ = Some(map_.next_value()?);
                        }
                        GeneratedField::From => {
                            if from__.is_some() {
                                return Err(serde::de::Error::duplicate_field("from"));
                            }
                            from__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DeclaredCommand {
                    words: words__.unwrap_or_default(),
                    from: from__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredCommand", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredConfinement {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredConfinement", len)?;
        if true {
            struct_ser.serialize_field("privileged", &self.privileged)?;
        }
        if true {
            struct_ser.serialize_field("read_only_root", &self.read_only_root)?;
        }
        if true {
            struct_ser.serialize_field("no_new_privileges", &self.no_new_privileges)?;
        }
        if true {
            struct_ser.serialize_field("host_pid", &self.host_pid)?;
        }
        if true {
            struct_ser.serialize_field("host_network", &self.host_network)?;
        }
        if true {
            struct_ser.serialize_field("host_ipc", &self.host_ipc)?;
        }
        if true {
            struct_ser.serialize_field("added_capabilities", &self.added_capabilities)?;
        }
        if true {
            struct_ser.serialize_field("dropped_capabilities", &self.dropped_capabilities)?;
        }
        if true {
            struct_ser.serialize_field("user", &self.user)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredConfinement {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "privileged",
            "read_only_root",
            "readOnlyRoot",
            "no_new_privileges",
            "noNewPrivileges",
            "host_pid",
            "hostPid",
            "host_network",
            "hostNetwork",
            "host_ipc",
            "hostIpc",
            "added_capabilities",
            "addedCapabilities",
            "dropped_capabilities",
            "droppedCapabilities",
            "user",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Privileged,
            ReadOnlyRoot,
            NoNewPrivileges,
            HostPid,
            HostNetwork,
            HostIpc,
            AddedCapabilities,
            DroppedCapabilities,
            User,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "privileged" => Ok(GeneratedField::Privileged),
                            "readOnlyRoot" | "read_only_root" => Ok(GeneratedField::ReadOnlyRoot),
                            "noNewPrivileges" | "no_new_privileges" => Ok(GeneratedField::NoNewPrivileges),
                            "hostPid" | "host_pid" => Ok(GeneratedField::HostPid),
                            "hostNetwork" | "host_network" => Ok(GeneratedField::HostNetwork),
                            "hostIpc" | "host_ipc" => Ok(GeneratedField::HostIpc),
                            "addedCapabilities" | "added_capabilities" => Ok(GeneratedField::AddedCapabilities),
                            "droppedCapabilities" | "dropped_capabilities" => Ok(GeneratedField::DroppedCapabilities),
                            "user" => Ok(GeneratedField::User),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredConfinement;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredConfinement")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredConfinement, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut privileged__ = None;
                let mut read_only_root__ = None;
                let mut no_new_privileges__ = None;
                let mut host_pid__ = None;
                let mut host_network__ = None;
                let mut host_ipc__ = None;
                let mut added_capabilities__ = None;
                let mut dropped_capabilities__ = None;
                let mut user__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Privileged => {
                            if privileged__.is_some() {
                                return Err(serde::de::Error::duplicate_field("privileged"));
                            }
                            privileged__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ReadOnlyRoot => {
                            if read_only_root__.is_some() {
                                return Err(serde::de::Error::duplicate_field("readOnlyRoot"));
                            }
                            read_only_root__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NoNewPrivileges => {
                            if no_new_privileges__.is_some() {
                                return Err(serde::de::Error::duplicate_field("noNewPrivileges"));
                            }
                            no_new_privileges__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HostPid => {
                            if host_pid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostPid"));
                            }
                            host_pid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HostNetwork => {
                            if host_network__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostNetwork"));
                            }
                            host_network__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HostIpc => {
                            if host_ipc__.is_some() {
                                return Err(serde::de::Error::duplicate_field("hostIpc"));
                            }
                            host_ipc__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AddedCapabilities => {
                            if added_capabilities__.is_some() {
                                return Err(serde::de::Error::duplicate_field("addedCapabilities"));
                            }
                            added_capabilities__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DroppedCapabilities => {
                            if dropped_capabilities__.is_some() {
                                return Err(serde::de::Error::duplicate_field("droppedCapabilities"));
                            }
                            dropped_capabilities__ = Some(map_.next_value()?);
                        }
                        GeneratedField::User => {
                            if user__.is_some() {
                                return Err(serde::de::Error::duplicate_field("user"));
                            }
                            user__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DeclaredConfinement {
                    privileged: privileged__.unwrap_or_default(),
                    read_only_root: read_only_root__.unwrap_or_default(),
                    no_new_privileges: no_new_privileges__.unwrap_or_default(),
                    host_pid: host_pid__.unwrap_or_default(),
                    host_network: host_network__.unwrap_or_default(),
                    host_ipc: host_ipc__.unwrap_or_default(),
                    added_capabilities: added_capabilities__.unwrap_or_default(),
                    dropped_capabilities: dropped_capabilities__.unwrap_or_default(),
                    user: user__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredConfinement", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredContainer {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredContainer", len)?;
        if true {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("namespace", &self.namespace)?;
        }
        if true {
            struct_ser.serialize_field("pod", &self.pod)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("started_unix_ns", ToString::to_string(&self.started_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("start_command", &self.start_command)?;
        }
        if true {
            struct_ser.serialize_field("mounts", &self.mounts)?;
        }
        if true {
            struct_ser.serialize_field("probes", &self.probes)?;
        }
        if let Some(v) = self.confinement.as_ref() {
            struct_ser.serialize_field("confinement", v)?;
        }
        if true {
            struct_ser.serialize_field("ports", &self.ports)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredContainer {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "name",
            "namespace",
            "pod",
            "started_unix_ns",
            "startedUnixNs",
            "start_command",
            "startCommand",
            "mounts",
            "probes",
            "confinement",
            "ports",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Name,
            Namespace,
            Pod,
            StartedUnixNs,
            StartCommand,
            Mounts,
            Probes,
            Confinement,
            Ports,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "name" => Ok(GeneratedField::Name),
                            "namespace" => Ok(GeneratedField::Namespace),
                            "pod" => Ok(GeneratedField::Pod),
                            "startedUnixNs" | "started_unix_ns" => Ok(GeneratedField::StartedUnixNs),
                            "startCommand" | "start_command" => Ok(GeneratedField::StartCommand),
                            "mounts" => Ok(GeneratedField::Mounts),
                            "probes" => Ok(GeneratedField::Probes),
                            "confinement" => Ok(GeneratedField::Confinement),
                            "ports" => Ok(GeneratedField::Ports),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredContainer;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredContainer")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredContainer, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut name__ = None;
                let mut namespace__ = None;
                let mut pod__ = None;
                let mut started_unix_ns__ = None;
                let mut start_command__ = None;
                let mut mounts__ = None;
                let mut probes__ = None;
                let mut confinement__ = None;
                let mut ports__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Namespace => {
                            if namespace__.is_some() {
                                return Err(serde::de::Error::duplicate_field("namespace"));
                            }
                            namespace__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Pod => {
                            if pod__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pod"));
                            }
                            pod__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StartedUnixNs => {
                            if started_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startedUnixNs"));
                            }
                            started_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::StartCommand => {
                            if start_command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startCommand"));
                            }
                            start_command__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Mounts => {
                            if mounts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mounts"));
                            }
                            mounts__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Probes => {
                            if probes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("probes"));
                            }
                            probes__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Confinement => {
                            if confinement__.is_some() {
                                return Err(serde::de::Error::duplicate_field("confinement"));
                            }
                            confinement__ = map_.next_value()?;
                        }
                        GeneratedField::Ports => {
                            if ports__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ports"));
                            }
                            ports__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DeclaredContainer {
                    id: id__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    namespace: namespace__.unwrap_or_default(),
                    pod: pod__.unwrap_or_default(),
                    started_unix_ns: started_unix_ns__.unwrap_or_default(),
                    start_command: start_command__.unwrap_or_default(),
                    mounts: mounts__.unwrap_or_default(),
                    probes: probes__.unwrap_or_default(),
                    confinement: confinement__,
                    ports: ports__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredContainer", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredFacts {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredFacts", len)?;
        if true {
            struct_ser.serialize_field("entrypoint", &self.entrypoint)?;
        }
        if true {
            struct_ser.serialize_field("command", &self.command)?;
        }
        if true {
            struct_ser.serialize_field("user", &self.user)?;
        }
        if true {
            struct_ser.serialize_field("environment", &self.environment)?;
        }
        if true {
            struct_ser.serialize_field("ports", &self.ports)?;
        }
        if true {
            struct_ser.serialize_field("volumes", &self.volumes)?;
        }
        if let Some(v) = self.health_check.as_ref() {
            struct_ser.serialize_field("health_check", v)?;
        }
        if true {
            struct_ser.serialize_field("cut", &self.cut)?;
        }
        if let Some(v) = self.container.as_ref() {
            struct_ser.serialize_field("container", v)?;
        }
        if true {
            struct_ser.serialize_field("starts", &self.starts)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredFacts {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "entrypoint",
            "command",
            "user",
            "environment",
            "ports",
            "volumes",
            "health_check",
            "healthCheck",
            "cut",
            "container",
            "starts",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Entrypoint,
            Command,
            User,
            Environment,
            Ports,
            Volumes,
            HealthCheck,
            Cut,
            Container,
            Starts,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "entrypoint" => Ok(GeneratedField::Entrypoint),
                            "command" => Ok(GeneratedField::Command),
                            "user" => Ok(GeneratedField::User),
                            "environment" => Ok(GeneratedField::Environment),
                            "ports" => Ok(GeneratedField::Ports),
                            "volumes" => Ok(GeneratedField::Volumes),
                            "healthCheck" | "health_check" => Ok(GeneratedField::HealthCheck),
                            "cut" => Ok(GeneratedField::Cut),
                            "container" => Ok(GeneratedField::Container),
                            "starts" => Ok(GeneratedField::Starts),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredFacts;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredFacts")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredFacts, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut entrypoint__ = None;
                let mut command__ = None;
                let mut user__ = None;
                let mut environment__ = None;
                let mut ports__ = None;
                let mut volumes__ = None;
                let mut health_check__ = None;
                let mut cut__ = None;
                let mut container__ = None;
                let mut starts__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Entrypoint => {
                            if entrypoint__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entrypoint"));
                            }
                            entrypoint__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Command => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("command"));
                            }
                            command__ = Some(map_.next_value()?);
                        }
                        GeneratedField::User => {
                            if user__.is_some() {
                                return Err(serde::de::Error::duplicate_field("user"));
                            }
                            user__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Environment => {
                            if environment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("environment"));
                            }
                            environment__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Ports => {
                            if ports__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ports"));
                            }
                            ports__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Volumes => {
                            if volumes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("volumes"));
                            }
                            volumes__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HealthCheck => {
                            if health_check__.is_some() {
                                return Err(serde::de::Error::duplicate_field("healthCheck"));
                            }
                            health_check__ = map_.next_value()?;
                        }
                        GeneratedField::Cut => {
                            if cut__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cut"));
                            }
                            cut__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Container => {
                            if container__.is_some() {
                                return Err(serde::de::Error::duplicate_field("container"));
                            }
                            container__ = map_.next_value()?;
                        }
                        GeneratedField::Starts => {
                            if starts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("starts"));
                            }
                            starts__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DeclaredFacts {
                    entrypoint: entrypoint__.unwrap_or_default(),
                    command: command__.unwrap_or_default(),
                    user: user__.unwrap_or_default(),
                    environment: environment__.unwrap_or_default(),
                    ports: ports__.unwrap_or_default(),
                    volumes: volumes__.unwrap_or_default(),
                    health_check: health_check__,
                    cut: cut__.unwrap_or_default(),
                    container: container__,
                    starts: starts__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredFacts", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredIntent {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredIntent", len)?;
        if true {
            struct_ser.serialize_field("start", &self.start)?;
        }
        if true {
            struct_ser.serialize_field("health_check", &self.health_check)?;
        }
        if true {
            struct_ser.serialize_field("tcp_ports", &self.tcp_ports)?;
        }
        if let Some(v) = self.facts.as_ref() {
            struct_ser.serialize_field("facts", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredIntent {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "start",
            "health_check",
            "healthCheck",
            "tcp_ports",
            "tcpPorts",
            "facts",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Start,
            HealthCheck,
            TcpPorts,
            Facts,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "start" => Ok(GeneratedField::Start),
                            "healthCheck" | "health_check" => Ok(GeneratedField::HealthCheck),
                            "tcpPorts" | "tcp_ports" => Ok(GeneratedField::TcpPorts),
                            "facts" => Ok(GeneratedField::Facts),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredIntent;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredIntent")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredIntent, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut start__ = None;
                let mut health_check__ = None;
                let mut tcp_ports__ = None;
                let mut facts__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Start => {
                            if start__.is_some() {
                                return Err(serde::de::Error::duplicate_field("start"));
                            }
                            start__ = Some(map_.next_value()?);
                        }
                        GeneratedField::HealthCheck => {
                            if health_check__.is_some() {
                                return Err(serde::de::Error::duplicate_field("healthCheck"));
                            }
                            health_check__ = Some(map_.next_value()?);
                        }
                        GeneratedField::TcpPorts => {
                            if tcp_ports__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tcpPorts"));
                            }
                            tcp_ports__ = 
                                Some(map_.next_value::<Vec<::pbjson::private::NumberDeserialize<_>>>()?
                                    .into_iter().map(|x| x.0).collect())
                            ;
                        }
                        GeneratedField::Facts => {
                            if facts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("facts"));
                            }
                            facts__ = map_.next_value()?;
                        }
                    }
                }
                Ok(DeclaredIntent {
                    start: start__.unwrap_or_default(),
                    health_check: health_check__.unwrap_or_default(),
                    tcp_ports: tcp_ports__.unwrap_or_default(),
                    facts: facts__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredIntent", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredMount {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredMount", len)?;
        if true {
            struct_ser.serialize_field("destination", &self.destination)?;
        }
        if true {
            struct_ser.serialize_field("kind", &self.kind)?;
        }
        if true {
            struct_ser.serialize_field("writable", &self.writable)?;
        }
        if true {
            struct_ser.serialize_field("source", &self.source)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredMount {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "destination",
            "kind",
            "writable",
            "source",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Destination,
            Kind,
            Writable,
            Source,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "destination" => Ok(GeneratedField::Destination),
                            "kind" => Ok(GeneratedField::Kind),
                            "writable" => Ok(GeneratedField::Writable),
                            "source" => Ok(GeneratedField::Source),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredMount;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredMount")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredMount, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut destination__ = None;
                let mut kind__ = None;
                let mut writable__ = None;
                let mut source__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Destination => {
                            if destination__.is_some() {
                                return Err(serde::de::Error::duplicate_field("destination"));
                            }
                            destination__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Writable => {
                            if writable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("writable"));
                            }
                            writable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Source => {
                            if source__.is_some() {
                                return Err(serde::de::Error::duplicate_field("source"));
                            }
                            source__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(DeclaredMount {
                    destination: destination__.unwrap_or_default(),
                    kind: kind__.unwrap_or_default(),
                    writable: writable__.unwrap_or_default(),
                    source: source__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredMount", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DeclaredProbe {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DeclaredProbe", len)?;
        if true {
            let v = ProbeKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if true {
            struct_ser.serialize_field("command", &self.command)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("period_ns", ToString::to_string(&self.period_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DeclaredProbe {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kind",
            "command",
            "period_ns",
            "periodNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Kind,
            Command,
            PeriodNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "kind" => Ok(GeneratedField::Kind),
                            "command" => Ok(GeneratedField::Command),
                            "periodNs" | "period_ns" => Ok(GeneratedField::PeriodNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DeclaredProbe;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DeclaredProbe")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DeclaredProbe, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                let mut command__ = None;
                let mut period_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<ProbeKind>()? as i32);
                        }
                        GeneratedField::Command => {
                            if command__.is_some() {
                                return Err(serde::de::Error::duplicate_field("command"));
                            }
                            command__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PeriodNs => {
                            if period_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("periodNs"));
                            }
                            period_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DeclaredProbe {
                    kind: kind__.unwrap_or_default(),
                    command: command__.unwrap_or_default(),
                    period_ns: period_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DeclaredProbe", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for DimensionStatus {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.DimensionStatus", len)?;
        if true {
            struct_ser.serialize_field("dimension", &self.dimension)?;
        }
        if true {
            let v = BaselineState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("behaviours", ToString::to_string(&self.behaviours).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("observations", ToString::to_string(&self.observations).as_str())?;
        }
        if true {
            struct_ser.serialize_field("expected_new_per_day", &self.expected_new_per_day)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("overflowed", ToString::to_string(&self.overflowed).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("exposures", ToString::to_string(&self.exposures).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for DimensionStatus {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "dimension",
            "state",
            "behaviours",
            "observations",
            "expected_new_per_day",
            "expectedNewPerDay",
            "overflowed",
            "exposures",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Dimension,
            State,
            Behaviours,
            Observations,
            ExpectedNewPerDay,
            Overflowed,
            Exposures,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "dimension" => Ok(GeneratedField::Dimension),
                            "state" => Ok(GeneratedField::State),
                            "behaviours" => Ok(GeneratedField::Behaviours),
                            "observations" => Ok(GeneratedField::Observations),
                            "expectedNewPerDay" | "expected_new_per_day" => Ok(GeneratedField::ExpectedNewPerDay),
                            "overflowed" => Ok(GeneratedField::Overflowed),
                            "exposures" => Ok(GeneratedField::Exposures),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = DimensionStatus;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.DimensionStatus")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<DimensionStatus, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut dimension__ = None;
                let mut state__ = None;
                let mut behaviours__ = None;
                let mut observations__ = None;
                let mut expected_new_per_day__ = None;
                let mut overflowed__ = None;
                let mut exposures__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Dimension => {
                            if dimension__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimension"));
                            }
                            dimension__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<BaselineState>()? as i32);
                        }
                        GeneratedField::Behaviours => {
                            if behaviours__.is_some() {
                                return Err(serde::de::Error::duplicate_field("behaviours"));
                            }
                            behaviours__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Observations => {
                            if observations__.is_some() {
                                return Err(serde::de::Error::duplicate_field("observations"));
                            }
                            observations__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExpectedNewPerDay => {
                            if expected_new_per_day__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expectedNewPerDay"));
                            }
                            expected_new_per_day__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Overflowed => {
                            if overflowed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("overflowed"));
                            }
                            overflowed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Exposures => {
                            if exposures__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exposures"));
                            }
                            exposures__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(DimensionStatus {
                    dimension: dimension__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    behaviours: behaviours__.unwrap_or_default(),
                    observations: observations__.unwrap_or_default(),
                    expected_new_per_day: expected_new_per_day__.unwrap_or_default(),
                    overflowed: overflowed__.unwrap_or_default(),
                    exposures: exposures__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.DimensionStatus", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EnforcementMode {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ENFORCEMENT_MODE_UNSPECIFIED",
            Self::Observe => "ENFORCEMENT_MODE_OBSERVE",
            Self::Warn => "ENFORCEMENT_MODE_WARN",
            Self::Enforce => "ENFORCEMENT_MODE_ENFORCE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EnforcementMode {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ENFORCEMENT_MODE_UNSPECIFIED",
            "ENFORCEMENT_MODE_OBSERVE",
            "ENFORCEMENT_MODE_WARN",
            "ENFORCEMENT_MODE_ENFORCE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EnforcementMode;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ENFORCEMENT_MODE_UNSPECIFIED" => Ok(EnforcementMode::Unspecified),
                    "ENFORCEMENT_MODE_OBSERVE" => Ok(EnforcementMode::Observe),
                    "ENFORCEMENT_MODE_WARN" => Ok(EnforcementMode::Warn),
                    "ENFORCEMENT_MODE_ENFORCE" => Ok(EnforcementMode::Enforce),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EnforcementOutcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ENFORCEMENT_OUTCOME_UNSPECIFIED",
            Self::Observed => "ENFORCEMENT_OUTCOME_OBSERVED",
            Self::Warned => "ENFORCEMENT_OUTCOME_WARNED",
            Self::Killed => "ENFORCEMENT_OUTCOME_KILLED",
            Self::Spared => "ENFORCEMENT_OUTCOME_SPARED",
            Self::Failed => "ENFORCEMENT_OUTCOME_FAILED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EnforcementOutcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ENFORCEMENT_OUTCOME_UNSPECIFIED",
            "ENFORCEMENT_OUTCOME_OBSERVED",
            "ENFORCEMENT_OUTCOME_WARNED",
            "ENFORCEMENT_OUTCOME_KILLED",
            "ENFORCEMENT_OUTCOME_SPARED",
            "ENFORCEMENT_OUTCOME_FAILED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EnforcementOutcome;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ENFORCEMENT_OUTCOME_UNSPECIFIED" => Ok(EnforcementOutcome::Unspecified),
                    "ENFORCEMENT_OUTCOME_OBSERVED" => Ok(EnforcementOutcome::Observed),
                    "ENFORCEMENT_OUTCOME_WARNED" => Ok(EnforcementOutcome::Warned),
                    "ENFORCEMENT_OUTCOME_KILLED" => Ok(EnforcementOutcome::Killed),
                    "ENFORCEMENT_OUTCOME_SPARED" => Ok(EnforcementOutcome::Spared),
                    "ENFORCEMENT_OUTCOME_FAILED" => Ok(EnforcementOutcome::Failed),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EnforcementRule {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ENFORCEMENT_RULE_UNSPECIFIED",
            Self::Immutable => "ENFORCEMENT_RULE_IMMUTABLE",
            Self::AllowList => "ENFORCEMENT_RULE_ALLOW_LIST",
            Self::Script => "ENFORCEMENT_RULE_SCRIPT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EnforcementRule {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ENFORCEMENT_RULE_UNSPECIFIED",
            "ENFORCEMENT_RULE_IMMUTABLE",
            "ENFORCEMENT_RULE_ALLOW_LIST",
            "ENFORCEMENT_RULE_SCRIPT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EnforcementRule;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ENFORCEMENT_RULE_UNSPECIFIED" => Ok(EnforcementRule::Unspecified),
                    "ENFORCEMENT_RULE_IMMUTABLE" => Ok(EnforcementRule::Immutable),
                    "ENFORCEMENT_RULE_ALLOW_LIST" => Ok(EnforcementRule::AllowList),
                    "ENFORCEMENT_RULE_SCRIPT" => Ok(EnforcementRule::Script),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EnforcementState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.EnforcementState", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        if true {
            struct_ser.serialize_field("inactive", &self.inactive)?;
        }
        if true {
            struct_ser.serialize_field("containers", &self.containers)?;
        }
        if true {
            struct_ser.serialize_field("broken_glass", &self.broken_glass)?;
        }
        if true {
            struct_ser.serialize_field("spared", &self.spared)?;
        }
        if true {
            struct_ser.serialize_field("orders", &self.orders)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EnforcementState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "version",
            "inactive",
            "containers",
            "broken_glass",
            "brokenGlass",
            "spared",
            "orders",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Version,
            Inactive,
            Containers,
            BrokenGlass,
            Spared,
            Orders,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "version" => Ok(GeneratedField::Version),
                            "inactive" => Ok(GeneratedField::Inactive),
                            "containers" => Ok(GeneratedField::Containers),
                            "brokenGlass" | "broken_glass" => Ok(GeneratedField::BrokenGlass),
                            "spared" => Ok(GeneratedField::Spared),
                            "orders" => Ok(GeneratedField::Orders),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EnforcementState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.EnforcementState")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EnforcementState, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut version__ = None;
                let mut inactive__ = None;
                let mut containers__ = None;
                let mut broken_glass__ = None;
                let mut spared__ = None;
                let mut orders__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Inactive => {
                            if inactive__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inactive"));
                            }
                            inactive__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Containers => {
                            if containers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containers"));
                            }
                            containers__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BrokenGlass => {
                            if broken_glass__.is_some() {
                                return Err(serde::de::Error::duplicate_field("brokenGlass"));
                            }
                            broken_glass__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Spared => {
                            if spared__.is_some() {
                                return Err(serde::de::Error::duplicate_field("spared"));
                            }
                            spared__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Orders => {
                            if orders__.is_some() {
                                return Err(serde::de::Error::duplicate_field("orders"));
                            }
                            orders__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(EnforcementState {
                    version: version__.unwrap_or_default(),
                    inactive: inactive__.unwrap_or_default(),
                    containers: containers__.unwrap_or_default(),
                    broken_glass: broken_glass__.unwrap_or_default(),
                    spared: spared__.unwrap_or_default(),
                    orders: orders__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.EnforcementState", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Evidence {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Evidence", len)?;
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("fact", &self.fact)?;
        }
        if true {
            struct_ser.serialize_field("drift_weight", &self.drift_weight)?;
        }
        if true {
            struct_ser.serialize_field("attack_weight", &self.attack_weight)?;
        }
        if true {
            struct_ser.serialize_field("technique", &self.technique)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Evidence {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "fact",
            "drift_weight",
            "driftWeight",
            "attack_weight",
            "attackWeight",
            "technique",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Fact,
            DriftWeight,
            AttackWeight,
            Technique,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "fact" => Ok(GeneratedField::Fact),
                            "driftWeight" | "drift_weight" => Ok(GeneratedField::DriftWeight),
                            "attackWeight" | "attack_weight" => Ok(GeneratedField::AttackWeight),
                            "technique" => Ok(GeneratedField::Technique),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Evidence;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Evidence")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Evidence, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut fact__ = None;
                let mut drift_weight__ = None;
                let mut attack_weight__ = None;
                let mut technique__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Fact => {
                            if fact__.is_some() {
                                return Err(serde::de::Error::duplicate_field("fact"));
                            }
                            fact__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DriftWeight => {
                            if drift_weight__.is_some() {
                                return Err(serde::de::Error::duplicate_field("driftWeight"));
                            }
                            drift_weight__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AttackWeight => {
                            if attack_weight__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attackWeight"));
                            }
                            attack_weight__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Technique => {
                            if technique__.is_some() {
                                return Err(serde::de::Error::duplicate_field("technique"));
                            }
                            technique__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Evidence {
                    name: name__.unwrap_or_default(),
                    fact: fact__.unwrap_or_default(),
                    drift_weight: drift_weight__.unwrap_or_default(),
                    attack_weight: attack_weight__.unwrap_or_default(),
                    technique: technique__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Evidence", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EvidenceEvent {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.EvidenceEvent", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("time_unix_ns", ToString::to_string(&self.time_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("count", &self.count)?;
        }
        if true {
            let v = EvidenceKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if true {
            struct_ser.serialize_field("container_id", &self.container_id)?;
        }
        if let Some(v) = self.process.as_ref() {
            struct_ser.serialize_field("process", v)?;
        }
        if let Some(v) = self.before.as_ref() {
            struct_ser.serialize_field("before", v)?;
        }
        if true {
            let v = SocketAction::try_from(self.socket)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.socket)))?;
            struct_ser.serialize_field("socket", &v)?;
        }
        if true {
            struct_ser.serialize_field("address", &self.address)?;
        }
        if true {
            struct_ser.serialize_field("port", &self.port)?;
        }
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            let v = CallKind::try_from(self.call)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.call)))?;
            struct_ser.serialize_field("call", &v)?;
        }
        if true {
            struct_ser.serialize_field("error", &self.error)?;
        }
        if true {
            struct_ser.serialize_field("subject", &self.subject)?;
        }
        if true {
            struct_ser.serialize_field("detail", &self.detail)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("value", ToString::to_string(&self.value).as_str())?;
        }
        if true {
            struct_ser.serialize_field("exit_code", &self.exit_code)?;
        }
        if true {
            struct_ser.serialize_field("signal", &self.signal)?;
        }
        if true {
            struct_ser.serialize_field("rcode", &self.rcode)?;
        }
        if true {
            struct_ser.serialize_field("addresses", &self.addresses)?;
        }
        if true {
            struct_ser.serialize_field("established", &self.established)?;
        }
        if true {
            struct_ser.serialize_field("failed", &self.failed)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("sent_bytes", ToString::to_string(&self.sent_bytes).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("received_bytes", ToString::to_string(&self.received_bytes).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EvidenceEvent {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "time_unix_ns",
            "timeUnixNs",
            "count",
            "kind",
            "container_id",
            "containerId",
            "process",
            "before",
            "socket",
            "address",
            "port",
            "name",
            "call",
            "error",
            "subject",
            "detail",
            "value",
            "exit_code",
            "exitCode",
            "signal",
            "rcode",
            "addresses",
            "established",
            "failed",
            "sent_bytes",
            "sentBytes",
            "received_bytes",
            "receivedBytes",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            TimeUnixNs,
            Count,
            Kind,
            ContainerId,
            Process,
            Before,
            Socket,
            Address,
            Port,
            Name,
            Call,
            Error,
            Subject,
            Detail,
            Value,
            ExitCode,
            Signal,
            Rcode,
            Addresses,
            Established,
            Failed,
            SentBytes,
            ReceivedBytes,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "timeUnixNs" | "time_unix_ns" => Ok(GeneratedField::TimeUnixNs),
                            "count" => Ok(GeneratedField::Count),
                            "kind" => Ok(GeneratedField::Kind),
                            "containerId" | "container_id" => Ok(GeneratedField::ContainerId),
                            "process" => Ok(GeneratedField::Process),
                            "before" => Ok(GeneratedField::Before),
                            "socket" => Ok(GeneratedField::Socket),
                            "address" => Ok(GeneratedField::Address),
                            "port" => Ok(GeneratedField::Port),
                            "name" => Ok(GeneratedField::Name),
                            "call" => Ok(GeneratedField::Call),
                            "error" => Ok(GeneratedField::Error),
                            "subject" => Ok(GeneratedField::Subject),
                            "detail" => Ok(GeneratedField::Detail),
                            "value" => Ok(GeneratedField::Value),
                            "exitCode" | "exit_code" => Ok(GeneratedField::ExitCode),
                            "signal" => Ok(GeneratedField::Signal),
                            "rcode" => Ok(GeneratedField::Rcode),
                            "addresses" => Ok(GeneratedField::Addresses),
                            "established" => Ok(GeneratedField::Established),
                            "failed" => Ok(GeneratedField::Failed),
                            "sentBytes" | "sent_bytes" => Ok(GeneratedField::SentBytes),
                            "receivedBytes" | "received_bytes" => Ok(GeneratedField::ReceivedBytes),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EvidenceEvent;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.EvidenceEvent")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EvidenceEvent, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut time_unix_ns__ = None;
                let mut count__ = None;
                let mut kind__ = None;
                let mut container_id__ = None;
                let mut process__ = None;
                let mut before__ = None;
                let mut socket__ = None;
                let mut address__ = None;
                let mut port__ = None;
                let mut name__ = None;
                let mut call__ = None;
                let mut error__ = None;
                let mut subject__ = None;
                let mut detail__ = None;
                let mut value__ = None;
                let mut exit_code__ = None;
                let mut signal__ = None;
                let mut rcode__ = None;
                let mut addresses__ = None;
                let mut established__ = None;
                let mut failed__ = None;
                let mut sent_bytes__ = None;
                let mut received_bytes__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::TimeUnixNs => {
                            if time_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("timeUnixNs"));
                            }
                            time_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Count => {
                            if count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("count"));
                            }
                            count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<EvidenceKind>()? as i32);
                        }
                        GeneratedField::ContainerId => {
                            if container_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containerId"));
                            }
                            container_id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Process => {
                            if process__.is_some() {
                                return Err(serde::de::Error::duplicate_field("process"));
                            }
                            process__ = map_.next_value()?;
                        }
                        GeneratedField::Before => {
                            if before__.is_some() {
                                return Err(serde::de::Error::duplicate_field("before"));
                            }
                            before__ = map_.next_value()?;
                        }
                        GeneratedField::Socket => {
                            if socket__.is_some() {
                                return Err(serde::de::Error::duplicate_field("socket"));
                            }
                            socket__ = Some(map_.next_value::<SocketAction>()? as i32);
                        }
                        GeneratedField::Address => {
                            if address__.is_some() {
                                return Err(serde::de::Error::duplicate_field("address"));
                            }
                            address__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Port => {
                            if port__.is_some() {
                                return Err(serde::de::Error::duplicate_field("port"));
                            }
                            port__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Call => {
                            if call__.is_some() {
                                return Err(serde::de::Error::duplicate_field("call"));
                            }
                            call__ = Some(map_.next_value::<CallKind>()? as i32);
                        }
                        GeneratedField::Error => {
                            if error__.is_some() {
                                return Err(serde::de::Error::duplicate_field("error"));
                            }
                            error__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Subject => {
                            if subject__.is_some() {
                                return Err(serde::de::Error::duplicate_field("subject"));
                            }
                            subject__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Detail => {
                            if detail__.is_some() {
                                return Err(serde::de::Error::duplicate_field("detail"));
                            }
                            detail__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExitCode => {
                            if exit_code__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exitCode"));
                            }
                            exit_code__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Signal => {
                            if signal__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signal"));
                            }
                            signal__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Rcode => {
                            if rcode__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rcode"));
                            }
                            rcode__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Addresses => {
                            if addresses__.is_some() {
                                return Err(serde::de::Error::duplicate_field("addresses"));
                            }
                            addresses__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Established => {
                            if established__.is_some() {
                                return Err(serde::de::Error::duplicate_field("established"));
                            }
                            established__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Failed => {
                            if failed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("failed"));
                            }
                            failed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::SentBytes => {
                            if sent_bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sentBytes"));
                            }
                            sent_bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ReceivedBytes => {
                            if received_bytes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("receivedBytes"));
                            }
                            received_bytes__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EvidenceEvent {
                    time_unix_ns: time_unix_ns__.unwrap_or_default(),
                    count: count__.unwrap_or_default(),
                    kind: kind__.unwrap_or_default(),
                    container_id: container_id__.unwrap_or_default(),
                    process: process__,
                    before: before__,
                    socket: socket__.unwrap_or_default(),
                    address: address__.unwrap_or_default(),
                    port: port__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    call: call__.unwrap_or_default(),
                    error: error__.unwrap_or_default(),
                    subject: subject__.unwrap_or_default(),
                    detail: detail__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    exit_code: exit_code__.unwrap_or_default(),
                    signal: signal__.unwrap_or_default(),
                    rcode: rcode__.unwrap_or_default(),
                    addresses: addresses__.unwrap_or_default(),
                    established: established__.unwrap_or_default(),
                    failed: failed__.unwrap_or_default(),
                    sent_bytes: sent_bytes__.unwrap_or_default(),
                    received_bytes: received_bytes__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.EvidenceEvent", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EvidenceKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "EVIDENCE_KIND_UNSPECIFIED",
            Self::Exec => "EVIDENCE_KIND_EXEC",
            Self::Fork => "EVIDENCE_KIND_FORK",
            Self::Exit => "EVIDENCE_KIND_EXIT",
            Self::Socket => "EVIDENCE_KIND_SOCKET",
            Self::Traffic => "EVIDENCE_KIND_TRAFFIC",
            Self::Credentials => "EVIDENCE_KIND_CREDENTIALS",
            Self::Call => "EVIDENCE_KIND_CALL",
            Self::Question => "EVIDENCE_KIND_QUESTION",
            Self::Answer => "EVIDENCE_KIND_ANSWER",
            Self::File => "EVIDENCE_KIND_FILE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for EvidenceKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "EVIDENCE_KIND_UNSPECIFIED",
            "EVIDENCE_KIND_EXEC",
            "EVIDENCE_KIND_FORK",
            "EVIDENCE_KIND_EXIT",
            "EVIDENCE_KIND_SOCKET",
            "EVIDENCE_KIND_TRAFFIC",
            "EVIDENCE_KIND_CREDENTIALS",
            "EVIDENCE_KIND_CALL",
            "EVIDENCE_KIND_QUESTION",
            "EVIDENCE_KIND_ANSWER",
            "EVIDENCE_KIND_FILE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = EvidenceKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "EVIDENCE_KIND_UNSPECIFIED" => Ok(EvidenceKind::Unspecified),
                    "EVIDENCE_KIND_EXEC" => Ok(EvidenceKind::Exec),
                    "EVIDENCE_KIND_FORK" => Ok(EvidenceKind::Fork),
                    "EVIDENCE_KIND_EXIT" => Ok(EvidenceKind::Exit),
                    "EVIDENCE_KIND_SOCKET" => Ok(EvidenceKind::Socket),
                    "EVIDENCE_KIND_TRAFFIC" => Ok(EvidenceKind::Traffic),
                    "EVIDENCE_KIND_CREDENTIALS" => Ok(EvidenceKind::Credentials),
                    "EVIDENCE_KIND_CALL" => Ok(EvidenceKind::Call),
                    "EVIDENCE_KIND_QUESTION" => Ok(EvidenceKind::Question),
                    "EVIDENCE_KIND_ANSWER" => Ok(EvidenceKind::Answer),
                    "EVIDENCE_KIND_FILE" => Ok(EvidenceKind::File),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for EvidenceOmitted {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.EvidenceOmitted", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events", ToString::to_string(&self.events).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EvidenceOmitted {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "events",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Events,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "events" => Ok(GeneratedField::Events),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EvidenceOmitted;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.EvidenceOmitted")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EvidenceOmitted, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut events__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Events => {
                            if events__.is_some() {
                                return Err(serde::de::Error::duplicate_field("events"));
                            }
                            events__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EvidenceOmitted {
                    events: events__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.EvidenceOmitted", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EvidenceProcess {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.EvidenceProcess", len)?;
        if true {
            struct_ser.serialize_field("pid", &self.pid)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("start_ticks", ToString::to_string(&self.start_ticks).as_str())?;
        }
        if true {
            struct_ser.serialize_field("parent_pid", &self.parent_pid)?;
        }
        if true {
            struct_ser.serialize_field("parent_executable", &self.parent_executable)?;
        }
        if true {
            struct_ser.serialize_field("executable", &self.executable)?;
        }
        if true {
            struct_ser.serialize_field("arguments", &self.arguments)?;
        }
        if true {
            struct_ser.serialize_field("uid", &self.uid)?;
        }
        if true {
            struct_ser.serialize_field("gid", &self.gid)?;
        }
        if true {
            struct_ser.serialize_field("effective_uid", &self.effective_uid)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("capabilities", ToString::to_string(&self.capabilities).as_str())?;
        }
        if true {
            struct_ser.serialize_field("flags", &self.flags)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EvidenceProcess {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "pid",
            "start_ticks",
            "startTicks",
            "parent_pid",
            "parentPid",
            "parent_executable",
            "parentExecutable",
            "executable",
            "arguments",
            "uid",
            "gid",
            "effective_uid",
            "effectiveUid",
            "capabilities",
            "flags",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Pid,
            StartTicks,
            ParentPid,
            ParentExecutable,
            Executable,
            Arguments,
            Uid,
            Gid,
            EffectiveUid,
            Capabilities,
            Flags,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "pid" => Ok(GeneratedField::Pid),
                            "startTicks" | "start_ticks" => Ok(GeneratedField::StartTicks),
                            "parentPid" | "parent_pid" => Ok(GeneratedField::ParentPid),
                            "parentExecutable" | "parent_executable" => Ok(GeneratedField::ParentExecutable),
                            "executable" => Ok(GeneratedField::Executable),
                            "arguments" => Ok(GeneratedField::Arguments),
                            "uid" => Ok(GeneratedField::Uid),
                            "gid" => Ok(GeneratedField::Gid),
                            "effectiveUid" | "effective_uid" => Ok(GeneratedField::EffectiveUid),
                            "capabilities" => Ok(GeneratedField::Capabilities),
                            "flags" => Ok(GeneratedField::Flags),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EvidenceProcess;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.EvidenceProcess")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EvidenceProcess, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut pid__ = None;
                let mut start_ticks__ = None;
                let mut parent_pid__ = None;
                let mut parent_executable__ = None;
                let mut executable__ = None;
                let mut arguments__ = None;
                let mut uid__ = None;
                let mut gid__ = None;
                let mut effective_uid__ = None;
                let mut capabilities__ = None;
                let mut flags__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Pid => {
                            if pid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pid"));
                            }
                            pid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::StartTicks => {
                            if start_ticks__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startTicks"));
                            }
                            start_ticks__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ParentPid => {
                            if parent_pid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parentPid"));
                            }
                            parent_pid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ParentExecutable => {
                            if parent_executable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parentExecutable"));
                            }
                            parent_executable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Executable => {
                            if executable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("executable"));
                            }
                            executable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Arguments => {
                            if arguments__.is_some() {
                                return Err(serde::de::Error::duplicate_field("arguments"));
                            }
                            arguments__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Uid => {
                            if uid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uid"));
                            }
                            uid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Gid => {
                            if gid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gid"));
                            }
                            gid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EffectiveUid => {
                            if effective_uid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("effectiveUid"));
                            }
                            effective_uid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Capabilities => {
                            if capabilities__.is_some() {
                                return Err(serde::de::Error::duplicate_field("capabilities"));
                            }
                            capabilities__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Flags => {
                            if flags__.is_some() {
                                return Err(serde::de::Error::duplicate_field("flags"));
                            }
                            flags__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EvidenceProcess {
                    pid: pid__.unwrap_or_default(),
                    start_ticks: start_ticks__.unwrap_or_default(),
                    parent_pid: parent_pid__.unwrap_or_default(),
                    parent_executable: parent_executable__.unwrap_or_default(),
                    executable: executable__.unwrap_or_default(),
                    arguments: arguments__.unwrap_or_default(),
                    uid: uid__.unwrap_or_default(),
                    gid: gid__.unwrap_or_default(),
                    effective_uid: effective_uid__.unwrap_or_default(),
                    capabilities: capabilities__.unwrap_or_default(),
                    flags: flags__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.EvidenceProcess", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EvidenceResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.kind.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.EvidenceResponse", len)?;
        if let Some(v) = self.kind.as_ref() {
            match v {
                evidence_response::Kind::Event(v) => {
                    struct_ser.serialize_field("event", v)?;
                }
                evidence_response::Kind::Omitted(v) => {
                    struct_ser.serialize_field("omitted", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EvidenceResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "event",
            "omitted",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Event,
            Omitted,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "event" => Ok(GeneratedField::Event),
                            "omitted" => Ok(GeneratedField::Omitted),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EvidenceResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.EvidenceResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EvidenceResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Event => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("event"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(evidence_response::Kind::Event)
;
                        }
                        GeneratedField::Omitted => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("omitted"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(evidence_response::Kind::Omitted)
;
                        }
                    }
                }
                Ok(EvidenceResponse {
                    kind: kind__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.EvidenceResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for EvidenceShare {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.EvidenceShare", len)?;
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("share", &self.share)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for EvidenceShare {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "share",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Share,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "share" => Ok(GeneratedField::Share),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = EvidenceShare;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.EvidenceShare")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<EvidenceShare, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut share__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Share => {
                            if share__.is_some() {
                                return Err(serde::de::Error::duplicate_field("share"));
                            }
                            share__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(EvidenceShare {
                    name: name__.unwrap_or_default(),
                    share: share__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.EvidenceShare", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Expected {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Expected", len)?;
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("count", ToString::to_string(&self.count).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_seen_unix_ns", ToString::to_string(&self.last_seen_unix_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Expected {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "value",
            "count",
            "last_seen_unix_ns",
            "lastSeenUnixNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Value,
            Count,
            LastSeenUnixNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "value" => Ok(GeneratedField::Value),
                            "count" => Ok(GeneratedField::Count),
                            "lastSeenUnixNs" | "last_seen_unix_ns" => Ok(GeneratedField::LastSeenUnixNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Expected;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Expected")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Expected, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut value__ = None;
                let mut count__ = None;
                let mut last_seen_unix_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Count => {
                            if count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("count"));
                            }
                            count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastSeenUnixNs => {
                            if last_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastSeenUnixNs"));
                            }
                            last_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Expected {
                    value: value__.unwrap_or_default(),
                    count: count__.unwrap_or_default(),
                    last_seen_unix_ns: last_seen_unix_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Expected", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for FeedbackResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.FeedbackResponse", len)?;
        if true {
            struct_ser.serialize_field("images", &self.images)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for FeedbackResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "images",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Images,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "images" => Ok(GeneratedField::Images),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = FeedbackResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.FeedbackResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<FeedbackResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut images__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Images => {
                            if images__.is_some() {
                                return Err(serde::de::Error::duplicate_field("images"));
                            }
                            images__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(FeedbackResponse {
                    images: images__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.FeedbackResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Finding {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Finding", len)?;
        if true {
            struct_ser.serialize_field("dimension", &self.dimension)?;
        }
        if true {
            struct_ser.serialize_field("context", &self.context)?;
        }
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if true {
            struct_ser.serialize_field("surprise_bits", &self.surprise_bits)?;
        }
        if true {
            struct_ser.serialize_field("expected", &self.expected)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_seen_unix_ns", ToString::to_string(&self.first_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("count", ToString::to_string(&self.count).as_str())?;
        }
        if true {
            struct_ser.serialize_field("command_line", &self.command_line)?;
        }
        if true {
            struct_ser.serialize_field("pid", &self.pid)?;
        }
        if true {
            struct_ser.serialize_field("uid", &self.uid)?;
        }
        if true {
            struct_ser.serialize_field("implied", &self.implied)?;
        }
        if true {
            struct_ser.serialize_field("implied_omitted", &self.implied_omitted)?;
        }
        if let Some(v) = self.decided.as_ref() {
            struct_ser.serialize_field("decided", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Finding {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "dimension",
            "context",
            "value",
            "surprise_bits",
            "surpriseBits",
            "expected",
            "first_seen_unix_ns",
            "firstSeenUnixNs",
            "count",
            "command_line",
            "commandLine",
            "pid",
            "uid",
            "implied",
            "implied_omitted",
            "impliedOmitted",
            "decided",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Dimension,
            Context,
            Value,
            SurpriseBits,
            Expected,
            FirstSeenUnixNs,
            Count,
            CommandLine,
            Pid,
            Uid,
            Implied,
            ImpliedOmitted,
            Decided,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "dimension" => Ok(GeneratedField::Dimension),
                            "context" => Ok(GeneratedField::Context),
                            "value" => Ok(GeneratedField::Value),
                            "surpriseBits" | "surprise_bits" => Ok(GeneratedField::SurpriseBits),
                            "expected" => Ok(GeneratedField::Expected),
                            "firstSeenUnixNs" | "first_seen_unix_ns" => Ok(GeneratedField::FirstSeenUnixNs),
                            "count" => Ok(GeneratedField::Count),
                            "commandLine" | "command_line" => Ok(GeneratedField::CommandLine),
                            "pid" => Ok(GeneratedField::Pid),
                            "uid" => Ok(GeneratedField::Uid),
                            "implied" => Ok(GeneratedField::Implied),
                            "impliedOmitted" | "implied_omitted" => Ok(GeneratedField::ImpliedOmitted),
                            "decided" => Ok(GeneratedField::Decided),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Finding;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Finding")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Finding, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut dimension__ = None;
                let mut context__ = None;
                let mut value__ = None;
                let mut surprise_bits__ = None;
                let mut expected__ = None;
                let mut first_seen_unix_ns__ = None;
                let mut count__ = None;
                let mut command_line__ = None;
                let mut pid__ = None;
                let mut uid__ = None;
                let mut implied__ = None;
                let mut implied_omitted__ = None;
                let mut decided__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Dimension => {
                            if dimension__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimension"));
                            }
                            dimension__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Context => {
                            if context__.is_some() {
                                return Err(serde::de::Error::duplicate_field("context"));
                            }
                            context__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::SurpriseBits => {
                            if surprise_bits__.is_some() {
                                return Err(serde::de::Error::duplicate_field("surpriseBits"));
                            }
                            surprise_bits__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Expected => {
                            if expected__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expected"));
                            }
                            expected__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FirstSeenUnixNs => {
                            if first_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstSeenUnixNs"));
                            }
                            first_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Count => {
                            if count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("count"));
                            }
                            count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::CommandLine => {
                            if command_line__.is_some() {
                                return Err(serde::de::Error::duplicate_field("commandLine"));
                            }
                            command_line__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Pid => {
                            if pid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pid"));
                            }
                            pid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Uid => {
                            if uid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uid"));
                            }
                            uid__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Implied => {
                            if implied__.is_some() {
                                return Err(serde::de::Error::duplicate_field("implied"));
                            }
                            implied__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImpliedOmitted => {
                            if implied_omitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("impliedOmitted"));
                            }
                            implied_omitted__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Decided => {
                            if decided__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decided"));
                            }
                            decided__ = map_.next_value()?;
                        }
                    }
                }
                Ok(Finding {
                    dimension: dimension__.unwrap_or_default(),
                    context: context__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    surprise_bits: surprise_bits__.unwrap_or_default(),
                    expected: expected__.unwrap_or_default(),
                    first_seen_unix_ns: first_seen_unix_ns__.unwrap_or_default(),
                    count: count__.unwrap_or_default(),
                    command_line: command_line__.unwrap_or_default(),
                    pid: pid__.unwrap_or_default(),
                    uid: uid__.unwrap_or_default(),
                    implied: implied__.unwrap_or_default(),
                    implied_omitted: implied_omitted__.unwrap_or_default(),
                    decided: decided__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Finding", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ImageDiff {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ImageDiff", len)?;
        if let Some(v) = self.a.as_ref() {
            struct_ser.serialize_field("a", v)?;
        }
        if let Some(v) = self.b.as_ref() {
            struct_ser.serialize_field("b", v)?;
        }
        if true {
            struct_ser.serialize_field("only_a", &self.only_a)?;
        }
        if true {
            struct_ser.serialize_field("only_b", &self.only_b)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("omitted_a", ToString::to_string(&self.omitted_a).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("omitted_b", ToString::to_string(&self.omitted_b).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ImageDiff {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "a",
            "b",
            "only_a",
            "onlyA",
            "only_b",
            "onlyB",
            "omitted_a",
            "omittedA",
            "omitted_b",
            "omittedB",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            A,
            B,
            OnlyA,
            OnlyB,
            OmittedA,
            OmittedB,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "a" => Ok(GeneratedField::A),
                            "b" => Ok(GeneratedField::B),
                            "onlyA" | "only_a" => Ok(GeneratedField::OnlyA),
                            "onlyB" | "only_b" => Ok(GeneratedField::OnlyB),
                            "omittedA" | "omitted_a" => Ok(GeneratedField::OmittedA),
                            "omittedB" | "omitted_b" => Ok(GeneratedField::OmittedB),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ImageDiff;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ImageDiff")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ImageDiff, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut a__ = None;
                let mut b__ = None;
                let mut only_a__ = None;
                let mut only_b__ = None;
                let mut omitted_a__ = None;
                let mut omitted_b__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::A => {
                            if a__.is_some() {
                                return Err(serde::de::Error::duplicate_field("a"));
                            }
                            a__ = map_.next_value()?;
                        }
                        GeneratedField::B => {
                            if b__.is_some() {
                                return Err(serde::de::Error::duplicate_field("b"));
                            }
                            b__ = map_.next_value()?;
                        }
                        GeneratedField::OnlyA => {
                            if only_a__.is_some() {
                                return Err(serde::de::Error::duplicate_field("onlyA"));
                            }
                            only_a__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OnlyB => {
                            if only_b__.is_some() {
                                return Err(serde::de::Error::duplicate_field("onlyB"));
                            }
                            only_b__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OmittedA => {
                            if omitted_a__.is_some() {
                                return Err(serde::de::Error::duplicate_field("omittedA"));
                            }
                            omitted_a__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::OmittedB => {
                            if omitted_b__.is_some() {
                                return Err(serde::de::Error::duplicate_field("omittedB"));
                            }
                            omitted_b__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ImageDiff {
                    a: a__,
                    b: b__,
                    only_a: only_a__.unwrap_or_default(),
                    only_b: only_b__.unwrap_or_default(),
                    omitted_a: omitted_a__.unwrap_or_default(),
                    omitted_b: omitted_b__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ImageDiff", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ImageFeedback {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ImageFeedback", len)?;
        if true {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if true {
            struct_ser.serialize_field("repository", &self.repository)?;
        }
        if true {
            struct_ser.serialize_field("tag", &self.tag)?;
        }
        if true {
            struct_ser.serialize_field("rows", &self.rows)?;
        }
        if true {
            struct_ser.serialize_field("namespace", &self.namespace)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ImageFeedback {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "digest",
            "repository",
            "tag",
            "rows",
            "namespace",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Digest,
            Repository,
            Tag,
            Rows,
            Namespace,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "digest" => Ok(GeneratedField::Digest),
                            "repository" => Ok(GeneratedField::Repository),
                            "tag" => Ok(GeneratedField::Tag),
                            "rows" => Ok(GeneratedField::Rows),
                            "namespace" => Ok(GeneratedField::Namespace),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ImageFeedback;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ImageFeedback")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ImageFeedback, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut digest__ = None;
                let mut repository__ = None;
                let mut tag__ = None;
                let mut rows__ = None;
                let mut namespace__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Repository => {
                            if repository__.is_some() {
                                return Err(serde::de::Error::duplicate_field("repository"));
                            }
                            repository__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Tag => {
                            if tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tag"));
                            }
                            tag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Rows => {
                            if rows__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rows"));
                            }
                            rows__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Namespace => {
                            if namespace__.is_some() {
                                return Err(serde::de::Error::duplicate_field("namespace"));
                            }
                            namespace__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ImageFeedback {
                    digest: digest__.unwrap_or_default(),
                    repository: repository__.unwrap_or_default(),
                    tag: tag__.unwrap_or_default(),
                    rows: rows__.unwrap_or_default(),
                    namespace: namespace__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ImageFeedback", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ImageName {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ImageName", len)?;
        if true {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if true {
            struct_ser.serialize_field("repository", &self.repository)?;
        }
        if true {
            struct_ser.serialize_field("tag", &self.tag)?;
        }
        if true {
            let v = BaselineState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("exposures", ToString::to_string(&self.exposures).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ImageName {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "digest",
            "repository",
            "tag",
            "state",
            "exposures",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Digest,
            Repository,
            Tag,
            State,
            Exposures,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "digest" => Ok(GeneratedField::Digest),
                            "repository" => Ok(GeneratedField::Repository),
                            "tag" => Ok(GeneratedField::Tag),
                            "state" => Ok(GeneratedField::State),
                            "exposures" => Ok(GeneratedField::Exposures),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ImageName;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ImageName")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ImageName, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut digest__ = None;
                let mut repository__ = None;
                let mut tag__ = None;
                let mut state__ = None;
                let mut exposures__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Repository => {
                            if repository__.is_some() {
                                return Err(serde::de::Error::duplicate_field("repository"));
                            }
                            repository__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Tag => {
                            if tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tag"));
                            }
                            tag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<BaselineState>()? as i32);
                        }
                        GeneratedField::Exposures => {
                            if exposures__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exposures"));
                            }
                            exposures__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ImageName {
                    digest: digest__.unwrap_or_default(),
                    repository: repository__.unwrap_or_default(),
                    tag: tag__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    exposures: exposures__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ImageName", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ImageStatus {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ImageStatus", len)?;
        if true {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if true {
            struct_ser.serialize_field("repository", &self.repository)?;
        }
        if true {
            struct_ser.serialize_field("tag", &self.tag)?;
        }
        if true {
            let v = BaselineState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("exposures", ToString::to_string(&self.exposures).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("exposures_lossy", ToString::to_string(&self.exposures_lossy).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("starts", ToString::to_string(&self.starts).as_str())?;
        }
        if true {
            struct_ser.serialize_field("dimensions", &self.dimensions)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_seen_unix_ns", ToString::to_string(&self.first_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_seen_unix_ns", ToString::to_string(&self.last_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("windows_left", ToString::to_string(&self.windows_left).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("learned_in_ns", ToString::to_string(&self.learned_in_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("revision", &self.revision)?;
        }
        if let Some(v) = self.upkeep.as_ref() {
            struct_ser.serialize_field("upkeep", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ImageStatus {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "digest",
            "repository",
            "tag",
            "state",
            "exposures",
            "exposures_lossy",
            "exposuresLossy",
            "starts",
            "dimensions",
            "first_seen_unix_ns",
            "firstSeenUnixNs",
            "last_seen_unix_ns",
            "lastSeenUnixNs",
            "windows_left",
            "windowsLeft",
            "learned_in_ns",
            "learnedInNs",
            "revision",
            "upkeep",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Digest,
            Repository,
            Tag,
            State,
            Exposures,
            ExposuresLossy,
            Starts,
            Dimensions,
            FirstSeenUnixNs,
            LastSeenUnixNs,
            WindowsLeft,
            LearnedInNs,
            Revision,
            Upkeep,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "digest" => Ok(GeneratedField::Digest),
                            "repository" => Ok(GeneratedField::Repository),
                            "tag" => Ok(GeneratedField::Tag),
                            "state" => Ok(GeneratedField::State),
                            "exposures" => Ok(GeneratedField::Exposures),
                            "exposuresLossy" | "exposures_lossy" => Ok(GeneratedField::ExposuresLossy),
                            "starts" => Ok(GeneratedField::Starts),
                            "dimensions" => Ok(GeneratedField::Dimensions),
                            "firstSeenUnixNs" | "first_seen_unix_ns" => Ok(GeneratedField::FirstSeenUnixNs),
                            "lastSeenUnixNs" | "last_seen_unix_ns" => Ok(GeneratedField::LastSeenUnixNs),
                            "windowsLeft" | "windows_left" => Ok(GeneratedField::WindowsLeft),
                            "learnedInNs" | "learned_in_ns" => Ok(GeneratedField::LearnedInNs),
                            "revision" => Ok(GeneratedField::Revision),
                            "upkeep" => Ok(GeneratedField::Upkeep),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ImageStatus;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ImageStatus")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ImageStatus, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut digest__ = None;
                let mut repository__ = None;
                let mut tag__ = None;
                let mut state__ = None;
                let mut exposures__ = None;
                let mut exposures_lossy__ = None;
                let mut starts__ = None;
                let mut dimensions__ = None;
                let mut first_seen_unix_ns__ = None;
                let mut last_seen_unix_ns__ = None;
                let mut windows_left__ = None;
                let mut learned_in_ns__ = None;
                let mut revision__ = None;
                let mut upkeep__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Repository => {
                            if repository__.is_some() {
                                return Err(serde::de::Error::duplicate_field("repository"));
                            }
                            repository__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Tag => {
                            if tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tag"));
                            }
                            tag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<BaselineState>()? as i32);
                        }
                        GeneratedField::Exposures => {
                            if exposures__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exposures"));
                            }
                            exposures__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExposuresLossy => {
                            if exposures_lossy__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exposuresLossy"));
                            }
                            exposures_lossy__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Starts => {
                            if starts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("starts"));
                            }
                            starts__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Dimensions => {
                            if dimensions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimensions"));
                            }
                            dimensions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::FirstSeenUnixNs => {
                            if first_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstSeenUnixNs"));
                            }
                            first_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastSeenUnixNs => {
                            if last_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastSeenUnixNs"));
                            }
                            last_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::WindowsLeft => {
                            if windows_left__.is_some() {
                                return Err(serde::de::Error::duplicate_field("windowsLeft"));
                            }
                            windows_left__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LearnedInNs => {
                            if learned_in_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("learnedInNs"));
                            }
                            learned_in_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Upkeep => {
                            if upkeep__.is_some() {
                                return Err(serde::de::Error::duplicate_field("upkeep"));
                            }
                            upkeep__ = map_.next_value()?;
                        }
                    }
                }
                Ok(ImageStatus {
                    digest: digest__.unwrap_or_default(),
                    repository: repository__.unwrap_or_default(),
                    tag: tag__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    exposures: exposures__.unwrap_or_default(),
                    exposures_lossy: exposures_lossy__.unwrap_or_default(),
                    starts: starts__.unwrap_or_default(),
                    dimensions: dimensions__.unwrap_or_default(),
                    first_seen_unix_ns: first_seen_unix_ns__.unwrap_or_default(),
                    last_seen_unix_ns: last_seen_unix_ns__.unwrap_or_default(),
                    windows_left: windows_left__.unwrap_or_default(),
                    learned_in_ns: learned_in_ns__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    upkeep: upkeep__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ImageStatus", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Implied {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Implied", len)?;
        if true {
            struct_ser.serialize_field("dimension", &self.dimension)?;
        }
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Implied {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "dimension",
            "value",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Dimension,
            Value,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "dimension" => Ok(GeneratedField::Dimension),
                            "value" => Ok(GeneratedField::Value),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Implied;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Implied")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Implied, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut dimension__ = None;
                let mut value__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Dimension => {
                            if dimension__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimension"));
                            }
                            dimension__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Implied {
                    dimension: dimension__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Implied", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for IntendedBehaviour {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.IntendedBehaviour", len)?;
        if true {
            struct_ser.serialize_field("dimension", &self.dimension)?;
        }
        if true {
            struct_ser.serialize_field("context", &self.context)?;
        }
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if let Some(v) = self.learned.as_ref() {
            struct_ser.serialize_field("learned", v)?;
        }
        if true {
            struct_ser.serialize_field("decisions", &self.decisions)?;
        }
        if true {
            struct_ser.serialize_field("decisions_omitted", &self.decisions_omitted)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for IntendedBehaviour {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "dimension",
            "context",
            "value",
            "learned",
            "decisions",
            "decisions_omitted",
            "decisionsOmitted",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Dimension,
            Context,
            Value,
            Learned,
            Decisions,
            DecisionsOmitted,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "dimension" => Ok(GeneratedField::Dimension),
                            "context" => Ok(GeneratedField::Context),
                            "value" => Ok(GeneratedField::Value),
                            "learned" => Ok(GeneratedField::Learned),
                            "decisions" => Ok(GeneratedField::Decisions),
                            "decisionsOmitted" | "decisions_omitted" => Ok(GeneratedField::DecisionsOmitted),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = IntendedBehaviour;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.IntendedBehaviour")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<IntendedBehaviour, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut dimension__ = None;
                let mut context__ = None;
                let mut value__ = None;
                let mut learned__ = None;
                let mut decisions__ = None;
                let mut decisions_omitted__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Dimension => {
                            if dimension__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimension"));
                            }
                            dimension__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Context => {
                            if context__.is_some() {
                                return Err(serde::de::Error::duplicate_field("context"));
                            }
                            context__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Learned => {
                            if learned__.is_some() {
                                return Err(serde::de::Error::duplicate_field("learned"));
                            }
                            learned__ = map_.next_value()?;
                        }
                        GeneratedField::Decisions => {
                            if decisions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decisions"));
                            }
                            decisions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DecisionsOmitted => {
                            if decisions_omitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decisionsOmitted"));
                            }
                            decisions_omitted__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(IntendedBehaviour {
                    dimension: dimension__.unwrap_or_default(),
                    context: context__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    learned: learned__,
                    decisions: decisions__.unwrap_or_default(),
                    decisions_omitted: decisions_omitted__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.IntendedBehaviour", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Intent {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Intent", len)?;
        if let Some(v) = self.image.as_ref() {
            struct_ser.serialize_field("image", v)?;
        }
        if let Some(v) = self.declared.as_ref() {
            struct_ser.serialize_field("declared", v)?;
        }
        if true {
            struct_ser.serialize_field("behaviours", &self.behaviours)?;
        }
        if true {
            struct_ser.serialize_field("next_page_token", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Intent {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "image",
            "declared",
            "behaviours",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Image,
            Declared,
            Behaviours,
            NextPageToken,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "image" => Ok(GeneratedField::Image),
                            "declared" => Ok(GeneratedField::Declared),
                            "behaviours" => Ok(GeneratedField::Behaviours),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Intent;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Intent")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Intent, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut image__ = None;
                let mut declared__ = None;
                let mut behaviours__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = map_.next_value()?;
                        }
                        GeneratedField::Declared => {
                            if declared__.is_some() {
                                return Err(serde::de::Error::duplicate_field("declared"));
                            }
                            declared__ = map_.next_value()?;
                        }
                        GeneratedField::Behaviours => {
                            if behaviours__.is_some() {
                                return Err(serde::de::Error::duplicate_field("behaviours"));
                            }
                            behaviours__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Intent {
                    image: image__,
                    declared: declared__,
                    behaviours: behaviours__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Intent", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KnownBehaviour {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.KnownBehaviour", len)?;
        if true {
            struct_ser.serialize_field("dimension", &self.dimension)?;
        }
        if true {
            struct_ser.serialize_field("context", &self.context)?;
        }
        if true {
            struct_ser.serialize_field("value", &self.value)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("count", ToString::to_string(&self.count).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_seen_unix_ns", ToString::to_string(&self.first_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_seen_unix_ns", ToString::to_string(&self.last_seen_unix_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KnownBehaviour {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "dimension",
            "context",
            "value",
            "count",
            "first_seen_unix_ns",
            "firstSeenUnixNs",
            "last_seen_unix_ns",
            "lastSeenUnixNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Dimension,
            Context,
            Value,
            Count,
            FirstSeenUnixNs,
            LastSeenUnixNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "dimension" => Ok(GeneratedField::Dimension),
                            "context" => Ok(GeneratedField::Context),
                            "value" => Ok(GeneratedField::Value),
                            "count" => Ok(GeneratedField::Count),
                            "firstSeenUnixNs" | "first_seen_unix_ns" => Ok(GeneratedField::FirstSeenUnixNs),
                            "lastSeenUnixNs" | "last_seen_unix_ns" => Ok(GeneratedField::LastSeenUnixNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KnownBehaviour;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.KnownBehaviour")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KnownBehaviour, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut dimension__ = None;
                let mut context__ = None;
                let mut value__ = None;
                let mut count__ = None;
                let mut first_seen_unix_ns__ = None;
                let mut last_seen_unix_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Dimension => {
                            if dimension__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimension"));
                            }
                            dimension__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Context => {
                            if context__.is_some() {
                                return Err(serde::de::Error::duplicate_field("context"));
                            }
                            context__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Value => {
                            if value__.is_some() {
                                return Err(serde::de::Error::duplicate_field("value"));
                            }
                            value__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Count => {
                            if count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("count"));
                            }
                            count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FirstSeenUnixNs => {
                            if first_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstSeenUnixNs"));
                            }
                            first_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastSeenUnixNs => {
                            if last_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastSeenUnixNs"));
                            }
                            last_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(KnownBehaviour {
                    dimension: dimension__.unwrap_or_default(),
                    context: context__.unwrap_or_default(),
                    value: value__.unwrap_or_default(),
                    count: count__.unwrap_or_default(),
                    first_seen_unix_ns: first_seen_unix_ns__.unwrap_or_default(),
                    last_seen_unix_ns: last_seen_unix_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.KnownBehaviour", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Learned {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Learned", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("count", ToString::to_string(&self.count).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_seen_unix_ns", ToString::to_string(&self.first_seen_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_seen_unix_ns", ToString::to_string(&self.last_seen_unix_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Learned {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "count",
            "first_seen_unix_ns",
            "firstSeenUnixNs",
            "last_seen_unix_ns",
            "lastSeenUnixNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Count,
            FirstSeenUnixNs,
            LastSeenUnixNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "count" => Ok(GeneratedField::Count),
                            "firstSeenUnixNs" | "first_seen_unix_ns" => Ok(GeneratedField::FirstSeenUnixNs),
                            "lastSeenUnixNs" | "last_seen_unix_ns" => Ok(GeneratedField::LastSeenUnixNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Learned;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Learned")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Learned, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut count__ = None;
                let mut first_seen_unix_ns__ = None;
                let mut last_seen_unix_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Count => {
                            if count__.is_some() {
                                return Err(serde::de::Error::duplicate_field("count"));
                            }
                            count__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FirstSeenUnixNs => {
                            if first_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstSeenUnixNs"));
                            }
                            first_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastSeenUnixNs => {
                            if last_seen_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastSeenUnixNs"));
                            }
                            last_seen_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Learned {
                    count: count__.unwrap_or_default(),
                    first_seen_unix_ns: first_seen_unix_ns__.unwrap_or_default(),
                    last_seen_unix_ns: last_seen_unix_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Learned", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LearnedOutcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "LEARNED_OUTCOME_UNSPECIFIED",
            Self::Taken => "LEARNED_OUTCOME_TAKEN",
            Self::Unchanged => "LEARNED_OUTCOME_UNCHANGED",
            Self::Left => "LEARNED_OUTCOME_LEFT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for LearnedOutcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "LEARNED_OUTCOME_UNSPECIFIED",
            "LEARNED_OUTCOME_TAKEN",
            "LEARNED_OUTCOME_UNCHANGED",
            "LEARNED_OUTCOME_LEFT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = LearnedOutcome;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "LEARNED_OUTCOME_UNSPECIFIED" => Ok(LearnedOutcome::Unspecified),
                    "LEARNED_OUTCOME_TAKEN" => Ok(LearnedOutcome::Taken),
                    "LEARNED_OUTCOME_UNCHANGED" => Ok(LearnedOutcome::Unchanged),
                    "LEARNED_OUTCOME_LEFT" => Ok(LearnedOutcome::Left),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for ListAlertsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListAlertsResponse", len)?;
        if true {
            struct_ser.serialize_field("alerts", &self.alerts)?;
        }
        if true {
            struct_ser.serialize_field("next_page_token", &self.next_page_token)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("cursor", ToString::to_string(&self.cursor).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListAlertsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "alerts",
            "next_page_token",
            "nextPageToken",
            "cursor",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Alerts,
            NextPageToken,
            Cursor,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "alerts" => Ok(GeneratedField::Alerts),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            "cursor" => Ok(GeneratedField::Cursor),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListAlertsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListAlertsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListAlertsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut alerts__ = None;
                let mut next_page_token__ = None;
                let mut cursor__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Alerts => {
                            if alerts__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alerts"));
                            }
                            alerts__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Cursor => {
                            if cursor__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cursor"));
                            }
                            cursor__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListAlertsResponse {
                    alerts: alerts__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                    cursor: cursor__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListAlertsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListAuditResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListAuditResponse", len)?;
        if true {
            struct_ser.serialize_field("entries", &self.entries)?;
        }
        if true {
            struct_ser.serialize_field("more", &self.more)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListAuditResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "entries",
            "more",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Entries,
            More,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "entries" => Ok(GeneratedField::Entries),
                            "more" => Ok(GeneratedField::More),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListAuditResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListAuditResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListAuditResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut entries__ = None;
                let mut more__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Entries => {
                            if entries__.is_some() {
                                return Err(serde::de::Error::duplicate_field("entries"));
                            }
                            entries__ = Some(map_.next_value()?);
                        }
                        GeneratedField::More => {
                            if more__.is_some() {
                                return Err(serde::de::Error::duplicate_field("more"));
                            }
                            more__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListAuditResponse {
                    entries: entries__.unwrap_or_default(),
                    more: more__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListAuditResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListBaselinesResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListBaselinesResponse", len)?;
        if true {
            struct_ser.serialize_field("images", &self.images)?;
        }
        if true {
            struct_ser.serialize_field("next_page_token", &self.next_page_token)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListBaselinesResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "images",
            "next_page_token",
            "nextPageToken",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Images,
            NextPageToken,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "images" => Ok(GeneratedField::Images),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListBaselinesResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListBaselinesResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListBaselinesResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut images__ = None;
                let mut next_page_token__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Images => {
                            if images__.is_some() {
                                return Err(serde::de::Error::duplicate_field("images"));
                            }
                            images__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListBaselinesResponse {
                    images: images__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListBaselinesResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListConsumersResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListConsumersResponse", len)?;
        if true {
            struct_ser.serialize_field("consumers", &self.consumers)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListConsumersResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "consumers",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Consumers,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "consumers" => Ok(GeneratedField::Consumers),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListConsumersResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListConsumersResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListConsumersResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut consumers__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Consumers => {
                            if consumers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("consumers"));
                            }
                            consumers__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListConsumersResponse {
                    consumers: consumers__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListConsumersResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListContainersResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListContainersResponse", len)?;
        if true {
            struct_ser.serialize_field("containers", &self.containers)?;
        }
        if true {
            struct_ser.serialize_field("next_page_token", &self.next_page_token)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("omitted", ToString::to_string(&self.omitted).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListContainersResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "containers",
            "next_page_token",
            "nextPageToken",
            "omitted",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Containers,
            NextPageToken,
            Omitted,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "containers" => Ok(GeneratedField::Containers),
                            "nextPageToken" | "next_page_token" => Ok(GeneratedField::NextPageToken),
                            "omitted" => Ok(GeneratedField::Omitted),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListContainersResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListContainersResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListContainersResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut containers__ = None;
                let mut next_page_token__ = None;
                let mut omitted__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Containers => {
                            if containers__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containers"));
                            }
                            containers__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NextPageToken => {
                            if next_page_token__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nextPageToken"));
                            }
                            next_page_token__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Omitted => {
                            if omitted__.is_some() {
                                return Err(serde::de::Error::duplicate_field("omitted"));
                            }
                            omitted__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListContainersResponse {
                    containers: containers__.unwrap_or_default(),
                    next_page_token: next_page_token__.unwrap_or_default(),
                    omitted: omitted__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListContainersResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListDecisionsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListDecisionsResponse", len)?;
        if true {
            struct_ser.serialize_field("decisions", &self.decisions)?;
        }
        if true {
            struct_ser.serialize_field("more", &self.more)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListDecisionsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "decisions",
            "more",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Decisions,
            More,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "decisions" => Ok(GeneratedField::Decisions),
                            "more" => Ok(GeneratedField::More),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListDecisionsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListDecisionsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListDecisionsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut decisions__ = None;
                let mut more__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Decisions => {
                            if decisions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("decisions"));
                            }
                            decisions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::More => {
                            if more__.is_some() {
                                return Err(serde::de::Error::duplicate_field("more"));
                            }
                            more__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListDecisionsResponse {
                    decisions: decisions__.unwrap_or_default(),
                    more: more__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListDecisionsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListNodesResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListNodesResponse", len)?;
        if true {
            struct_ser.serialize_field("nodes", &self.nodes)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListNodesResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "nodes",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Nodes,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "nodes" => Ok(GeneratedField::Nodes),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListNodesResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListNodesResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListNodesResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut nodes__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Nodes => {
                            if nodes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nodes"));
                            }
                            nodes__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListNodesResponse {
                    nodes: nodes__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListNodesResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListPoliciesResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListPoliciesResponse", len)?;
        if true {
            struct_ser.serialize_field("policies", &self.policies)?;
        }
        if true {
            struct_ser.serialize_field("armed", &self.armed)?;
        }
        if true {
            struct_ser.serialize_field("nodes", &self.nodes)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("version", ToString::to_string(&self.version).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListPoliciesResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "policies",
            "armed",
            "nodes",
            "version",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Policies,
            Armed,
            Nodes,
            Version,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "policies" => Ok(GeneratedField::Policies),
                            "armed" => Ok(GeneratedField::Armed),
                            "nodes" => Ok(GeneratedField::Nodes),
                            "version" => Ok(GeneratedField::Version),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListPoliciesResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListPoliciesResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListPoliciesResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut policies__ = None;
                let mut armed__ = None;
                let mut nodes__ = None;
                let mut version__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Policies => {
                            if policies__.is_some() {
                                return Err(serde::de::Error::duplicate_field("policies"));
                            }
                            policies__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Armed => {
                            if armed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("armed"));
                            }
                            armed__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Nodes => {
                            if nodes__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nodes"));
                            }
                            nodes__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Version => {
                            if version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("version"));
                            }
                            version__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(ListPoliciesResponse {
                    policies: policies__.unwrap_or_default(),
                    armed: armed__.unwrap_or_default(),
                    nodes: nodes__.unwrap_or_default(),
                    version: version__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListPoliciesResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ListTokensResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.ListTokensResponse", len)?;
        if true {
            struct_ser.serialize_field("tokens", &self.tokens)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ListTokensResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "tokens",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Tokens,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "tokens" => Ok(GeneratedField::Tokens),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ListTokensResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.ListTokensResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ListTokensResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut tokens__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Tokens => {
                            if tokens__.is_some() {
                                return Err(serde::de::Error::duplicate_field("tokens"));
                            }
                            tokens__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(ListTokensResponse {
                    tokens: tokens__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.ListTokensResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Logit {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Logit", len)?;
        if true {
            let v = Verdict::try_from(self.verdict)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.verdict)))?;
            struct_ser.serialize_field("verdict", &v)?;
        }
        if true {
            struct_ser.serialize_field("sum", &self.sum)?;
        }
        if true {
            struct_ser.serialize_field("bias", &self.bias)?;
        }
        if true {
            struct_ser.serialize_field("surprise", &self.surprise)?;
        }
        if true {
            struct_ser.serialize_field("evidence", &self.evidence)?;
        }
        if let Some(v) = self.unknown.as_ref() {
            struct_ser.serialize_field("unknown", v)?;
        }
        if let Some(v) = self.learned.as_ref() {
            struct_ser.serialize_field("learned", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Logit {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "verdict",
            "sum",
            "bias",
            "surprise",
            "evidence",
            "unknown",
            "learned",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Verdict,
            Sum,
            Bias,
            Surprise,
            Evidence,
            Unknown,
            Learned,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "verdict" => Ok(GeneratedField::Verdict),
                            "sum" => Ok(GeneratedField::Sum),
                            "bias" => Ok(GeneratedField::Bias),
                            "surprise" => Ok(GeneratedField::Surprise),
                            "evidence" => Ok(GeneratedField::Evidence),
                            "unknown" => Ok(GeneratedField::Unknown),
                            "learned" => Ok(GeneratedField::Learned),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Logit;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Logit")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Logit, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut verdict__ = None;
                let mut sum__ = None;
                let mut bias__ = None;
                let mut surprise__ = None;
                let mut evidence__ = None;
                let mut unknown__ = None;
                let mut learned__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Verdict => {
                            if verdict__.is_some() {
                                return Err(serde::de::Error::duplicate_field("verdict"));
                            }
                            verdict__ = Some(map_.next_value::<Verdict>()? as i32);
                        }
                        GeneratedField::Sum => {
                            if sum__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sum"));
                            }
                            sum__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Bias => {
                            if bias__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bias"));
                            }
                            bias__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Surprise => {
                            if surprise__.is_some() {
                                return Err(serde::de::Error::duplicate_field("surprise"));
                            }
                            surprise__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Evidence => {
                            if evidence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("evidence"));
                            }
                            evidence__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Unknown => {
                            if unknown__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unknown"));
                            }
                            unknown__ = map_.next_value()?;
                        }
                        GeneratedField::Learned => {
                            if learned__.is_some() {
                                return Err(serde::de::Error::duplicate_field("learned"));
                            }
                            learned__ = map_.next_value()?;
                        }
                    }
                }
                Ok(Logit {
                    verdict: verdict__.unwrap_or_default(),
                    sum: sum__.unwrap_or_default(),
                    bias: bias__.unwrap_or_default(),
                    surprise: surprise__.unwrap_or_default(),
                    evidence: evidence__.unwrap_or_default(),
                    unknown: unknown__,
                    learned: learned__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Logit", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for LogitWeights {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.LogitWeights", len)?;
        if true {
            struct_ser.serialize_field("bias", &self.bias)?;
        }
        if true {
            struct_ser.serialize_field("surprise", &self.surprise)?;
        }
        if true {
            struct_ser.serialize_field("drift_evidence", &self.drift_evidence)?;
        }
        if true {
            struct_ser.serialize_field("attack_evidence", &self.attack_evidence)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for LogitWeights {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "bias",
            "surprise",
            "drift_evidence",
            "driftEvidence",
            "attack_evidence",
            "attackEvidence",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Bias,
            Surprise,
            DriftEvidence,
            AttackEvidence,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "bias" => Ok(GeneratedField::Bias),
                            "surprise" => Ok(GeneratedField::Surprise),
                            "driftEvidence" | "drift_evidence" => Ok(GeneratedField::DriftEvidence),
                            "attackEvidence" | "attack_evidence" => Ok(GeneratedField::AttackEvidence),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = LogitWeights;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.LogitWeights")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<LogitWeights, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut bias__ = None;
                let mut surprise__ = None;
                let mut drift_evidence__ = None;
                let mut attack_evidence__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Bias => {
                            if bias__.is_some() {
                                return Err(serde::de::Error::duplicate_field("bias"));
                            }
                            bias__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Surprise => {
                            if surprise__.is_some() {
                                return Err(serde::de::Error::duplicate_field("surprise"));
                            }
                            surprise__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::DriftEvidence => {
                            if drift_evidence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("driftEvidence"));
                            }
                            drift_evidence__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AttackEvidence => {
                            if attack_evidence__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attackEvidence"));
                            }
                            attack_evidence__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(LogitWeights {
                    bias: bias__.unwrap_or_default(),
                    surprise: surprise__.unwrap_or_default(),
                    drift_evidence: drift_evidence__.unwrap_or_default(),
                    attack_evidence: attack_evidence__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.LogitWeights", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for MovedRow {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.MovedRow", len)?;
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("drift_weight", &self.drift_weight)?;
        }
        if true {
            struct_ser.serialize_field("attack_weight", &self.attack_weight)?;
        }
        if true {
            struct_ser.serialize_field("fitted_drift_weight", &self.fitted_drift_weight)?;
        }
        if true {
            struct_ser.serialize_field("fitted_attack_weight", &self.fitted_attack_weight)?;
        }
        if true {
            struct_ser.serialize_field("approved", &self.approved)?;
        }
        if true {
            struct_ser.serialize_field("denied", &self.denied)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for MovedRow {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "drift_weight",
            "driftWeight",
            "attack_weight",
            "attackWeight",
            "fitted_drift_weight",
            "fittedDriftWeight",
            "fitted_attack_weight",
            "fittedAttackWeight",
            "approved",
            "denied",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            DriftWeight,
            AttackWeight,
            FittedDriftWeight,
            FittedAttackWeight,
            Approved,
            Denied,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "driftWeight" | "drift_weight" => Ok(GeneratedField::DriftWeight),
                            "attackWeight" | "attack_weight" => Ok(GeneratedField::AttackWeight),
                            "fittedDriftWeight" | "fitted_drift_weight" => Ok(GeneratedField::FittedDriftWeight),
                            "fittedAttackWeight" | "fitted_attack_weight" => Ok(GeneratedField::FittedAttackWeight),
                            "approved" => Ok(GeneratedField::Approved),
                            "denied" => Ok(GeneratedField::Denied),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = MovedRow;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.MovedRow")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<MovedRow, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut drift_weight__ = None;
                let mut attack_weight__ = None;
                let mut fitted_drift_weight__ = None;
                let mut fitted_attack_weight__ = None;
                let mut approved__ = None;
                let mut denied__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::DriftWeight => {
                            if drift_weight__.is_some() {
                                return Err(serde::de::Error::duplicate_field("driftWeight"));
                            }
                            drift_weight__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AttackWeight => {
                            if attack_weight__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attackWeight"));
                            }
                            attack_weight__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FittedDriftWeight => {
                            if fitted_drift_weight__.is_some() {
                                return Err(serde::de::Error::duplicate_field("fittedDriftWeight"));
                            }
                            fitted_drift_weight__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FittedAttackWeight => {
                            if fitted_attack_weight__.is_some() {
                                return Err(serde::de::Error::duplicate_field("fittedAttackWeight"));
                            }
                            fitted_attack_weight__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Approved => {
                            if approved__.is_some() {
                                return Err(serde::de::Error::duplicate_field("approved"));
                            }
                            approved__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Denied => {
                            if denied__.is_some() {
                                return Err(serde::de::Error::duplicate_field("denied"));
                            }
                            denied__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(MovedRow {
                    name: name__.unwrap_or_default(),
                    drift_weight: drift_weight__.unwrap_or_default(),
                    attack_weight: attack_weight__.unwrap_or_default(),
                    fitted_drift_weight: fitted_drift_weight__.unwrap_or_default(),
                    fitted_attack_weight: fitted_attack_weight__.unwrap_or_default(),
                    approved: approved__.unwrap_or_default(),
                    denied: denied__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.MovedRow", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Node {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Node", len)?;
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("collector_version", &self.collector_version)?;
        }
        if true {
            let v = NodeState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_heard_unix_ns", ToString::to_string(&self.first_heard_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_heard_unix_ns", ToString::to_string(&self.last_heard_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events", ToString::to_string(&self.events).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events_lost", ToString::to_string(&self.events_lost).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("batches_rejected", ToString::to_string(&self.batches_rejected).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("behind_ns", ToString::to_string(&self.behind_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("held_back_ns", ToString::to_string(&self.held_back_ns).as_str())?;
        }
        if let Some(v) = self.clock_offset_ns.as_ref() {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("clock_offset_ns", ToString::to_string(&v).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("clock_error_ns", ToString::to_string(&self.clock_error_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("clock_off", &self.clock_off)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Node {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "collector_version",
            "collectorVersion",
            "state",
            "first_heard_unix_ns",
            "firstHeardUnixNs",
            "last_heard_unix_ns",
            "lastHeardUnixNs",
            "events",
            "events_lost",
            "eventsLost",
            "batches_rejected",
            "batchesRejected",
            "behind_ns",
            "behindNs",
            "held_back_ns",
            "heldBackNs",
            "clock_offset_ns",
            "clockOffsetNs",
            "clock_error_ns",
            "clockErrorNs",
            "clock_off",
            "clockOff",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            CollectorVersion,
            State,
            FirstHeardUnixNs,
            LastHeardUnixNs,
            Events,
            EventsLost,
            BatchesRejected,
            BehindNs,
            HeldBackNs,
            ClockOffsetNs,
            ClockErrorNs,
            ClockOff,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "collectorVersion" | "collector_version" => Ok(GeneratedField::CollectorVersion),
                            "state" => Ok(GeneratedField::State),
                            "firstHeardUnixNs" | "first_heard_unix_ns" => Ok(GeneratedField::FirstHeardUnixNs),
                            "lastHeardUnixNs" | "last_heard_unix_ns" => Ok(GeneratedField::LastHeardUnixNs),
                            "events" => Ok(GeneratedField::Events),
                            "eventsLost" | "events_lost" => Ok(GeneratedField::EventsLost),
                            "batchesRejected" | "batches_rejected" => Ok(GeneratedField::BatchesRejected),
                            "behindNs" | "behind_ns" => Ok(GeneratedField::BehindNs),
                            "heldBackNs" | "held_back_ns" => Ok(GeneratedField::HeldBackNs),
                            "clockOffsetNs" | "clock_offset_ns" => Ok(GeneratedField::ClockOffsetNs),
                            "clockErrorNs" | "clock_error_ns" => Ok(GeneratedField::ClockErrorNs),
                            "clockOff" | "clock_off" => Ok(GeneratedField::ClockOff),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Node;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Node")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Node, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut collector_version__ = None;
                let mut state__ = None;
                let mut first_heard_unix_ns__ = None;
                let mut last_heard_unix_ns__ = None;
                let mut events__ = None;
                let mut events_lost__ = None;
                let mut batches_rejected__ = None;
                let mut behind_ns__ = None;
                let mut held_back_ns__ = None;
                let mut clock_offset_ns__ = None;
                let mut clock_error_ns__ = None;
                let mut clock_off__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CollectorVersion => {
                            if collector_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("collectorVersion"));
                            }
                            collector_version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<NodeState>()? as i32);
                        }
                        GeneratedField::FirstHeardUnixNs => {
                            if first_heard_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstHeardUnixNs"));
                            }
                            first_heard_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastHeardUnixNs => {
                            if last_heard_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastHeardUnixNs"));
                            }
                            last_heard_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Events => {
                            if events__.is_some() {
                                return Err(serde::de::Error::duplicate_field("events"));
                            }
                            events__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EventsLost => {
                            if events_lost__.is_some() {
                                return Err(serde::de::Error::duplicate_field("eventsLost"));
                            }
                            events_lost__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BatchesRejected => {
                            if batches_rejected__.is_some() {
                                return Err(serde::de::Error::duplicate_field("batchesRejected"));
                            }
                            batches_rejected__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BehindNs => {
                            if behind_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("behindNs"));
                            }
                            behind_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::HeldBackNs => {
                            if held_back_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("heldBackNs"));
                            }
                            held_back_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ClockOffsetNs => {
                            if clock_offset_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("clockOffsetNs"));
                            }
                            clock_offset_ns__ = 
                                map_.next_value::<::std::option::Option<::pbjson::private::NumberDeserialize<_>>>()?.map(|x| x.0)
                            ;
                        }
                        GeneratedField::ClockErrorNs => {
                            if clock_error_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("clockErrorNs"));
                            }
                            clock_error_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ClockOff => {
                            if clock_off__.is_some() {
                                return Err(serde::de::Error::duplicate_field("clockOff"));
                            }
                            clock_off__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Node {
                    name: name__.unwrap_or_default(),
                    collector_version: collector_version__.unwrap_or_default(),
                    state: state__.unwrap_or_default(),
                    first_heard_unix_ns: first_heard_unix_ns__.unwrap_or_default(),
                    last_heard_unix_ns: last_heard_unix_ns__.unwrap_or_default(),
                    events: events__.unwrap_or_default(),
                    events_lost: events_lost__.unwrap_or_default(),
                    batches_rejected: batches_rejected__.unwrap_or_default(),
                    behind_ns: behind_ns__.unwrap_or_default(),
                    held_back_ns: held_back_ns__.unwrap_or_default(),
                    clock_offset_ns: clock_offset_ns__,
                    clock_error_ns: clock_error_ns__.unwrap_or_default(),
                    clock_off: clock_off__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Node", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NodeEnforcement {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.NodeEnforcement", len)?;
        if true {
            struct_ser.serialize_field("node", &self.node)?;
        }
        if let Some(v) = self.state.as_ref() {
            struct_ser.serialize_field("state", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for NodeEnforcement {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "node",
            "state",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Node,
            State,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "node" => Ok(GeneratedField::Node),
                            "state" => Ok(GeneratedField::State),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = NodeEnforcement;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.NodeEnforcement")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<NodeEnforcement, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut node__ = None;
                let mut state__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Node => {
                            if node__.is_some() {
                                return Err(serde::de::Error::duplicate_field("node"));
                            }
                            node__ = Some(map_.next_value()?);
                        }
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = map_.next_value()?;
                        }
                    }
                }
                Ok(NodeEnforcement {
                    node: node__.unwrap_or_default(),
                    state: state__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.NodeEnforcement", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for NodeState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "NODE_STATE_UNSPECIFIED",
            Self::Connected => "NODE_STATE_CONNECTED",
            Self::Away => "NODE_STATE_AWAY",
            Self::Silent => "NODE_STATE_SILENT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for NodeState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "NODE_STATE_UNSPECIFIED",
            "NODE_STATE_CONNECTED",
            "NODE_STATE_AWAY",
            "NODE_STATE_SILENT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = NodeState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "NODE_STATE_UNSPECIFIED" => Ok(NodeState::Unspecified),
                    "NODE_STATE_CONNECTED" => Ok(NodeState::Connected),
                    "NODE_STATE_AWAY" => Ok(NodeState::Away),
                    "NODE_STATE_SILENT" => Ok(NodeState::Silent),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Operational {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Operational", len)?;
        if true {
            let v = OperationalKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("since_unix_ns", ToString::to_string(&self.since_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("ended_unix_ns", ToString::to_string(&self.ended_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events_lost", ToString::to_string(&self.events_lost).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("clock_offset_ns", ToString::to_string(&self.clock_offset_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("programs", ToString::to_string(&self.programs).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Operational {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kind",
            "since_unix_ns",
            "sinceUnixNs",
            "ended_unix_ns",
            "endedUnixNs",
            "events_lost",
            "eventsLost",
            "clock_offset_ns",
            "clockOffsetNs",
            "programs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Kind,
            SinceUnixNs,
            EndedUnixNs,
            EventsLost,
            ClockOffsetNs,
            Programs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "kind" => Ok(GeneratedField::Kind),
                            "sinceUnixNs" | "since_unix_ns" => Ok(GeneratedField::SinceUnixNs),
                            "endedUnixNs" | "ended_unix_ns" => Ok(GeneratedField::EndedUnixNs),
                            "eventsLost" | "events_lost" => Ok(GeneratedField::EventsLost),
                            "clockOffsetNs" | "clock_offset_ns" => Ok(GeneratedField::ClockOffsetNs),
                            "programs" => Ok(GeneratedField::Programs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Operational;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Operational")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Operational, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                let mut since_unix_ns__ = None;
                let mut ended_unix_ns__ = None;
                let mut events_lost__ = None;
                let mut clock_offset_ns__ = None;
                let mut programs__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<OperationalKind>()? as i32);
                        }
                        GeneratedField::SinceUnixNs => {
                            if since_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sinceUnixNs"));
                            }
                            since_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EndedUnixNs => {
                            if ended_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("endedUnixNs"));
                            }
                            ended_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EventsLost => {
                            if events_lost__.is_some() {
                                return Err(serde::de::Error::duplicate_field("eventsLost"));
                            }
                            events_lost__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ClockOffsetNs => {
                            if clock_offset_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("clockOffsetNs"));
                            }
                            clock_offset_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Programs => {
                            if programs__.is_some() {
                                return Err(serde::de::Error::duplicate_field("programs"));
                            }
                            programs__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Operational {
                    kind: kind__.unwrap_or_default(),
                    since_unix_ns: since_unix_ns__.unwrap_or_default(),
                    ended_unix_ns: ended_unix_ns__.unwrap_or_default(),
                    events_lost: events_lost__.unwrap_or_default(),
                    clock_offset_ns: clock_offset_ns__.unwrap_or_default(),
                    programs: programs__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Operational", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for OperationalKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "OPERATIONAL_KIND_UNSPECIFIED",
            Self::NodeSilent => "OPERATIONAL_KIND_NODE_SILENT",
            Self::NodeLosesEvents => "OPERATIONAL_KIND_NODE_LOSES_EVENTS",
            Self::NodeClockOff => "OPERATIONAL_KIND_NODE_CLOCK_OFF",
            Self::StorePaused => "OPERATIONAL_KIND_STORE_PAUSED",
            Self::PolicyBroken => "OPERATIONAL_KIND_POLICY_BROKEN",
            Self::PolicySpent => "OPERATIONAL_KIND_POLICY_SPENT",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for OperationalKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "OPERATIONAL_KIND_UNSPECIFIED",
            "OPERATIONAL_KIND_NODE_SILENT",
            "OPERATIONAL_KIND_NODE_LOSES_EVENTS",
            "OPERATIONAL_KIND_NODE_CLOCK_OFF",
            "OPERATIONAL_KIND_STORE_PAUSED",
            "OPERATIONAL_KIND_POLICY_BROKEN",
            "OPERATIONAL_KIND_POLICY_SPENT",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = OperationalKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "OPERATIONAL_KIND_UNSPECIFIED" => Ok(OperationalKind::Unspecified),
                    "OPERATIONAL_KIND_NODE_SILENT" => Ok(OperationalKind::NodeSilent),
                    "OPERATIONAL_KIND_NODE_LOSES_EVENTS" => Ok(OperationalKind::NodeLosesEvents),
                    "OPERATIONAL_KIND_NODE_CLOCK_OFF" => Ok(OperationalKind::NodeClockOff),
                    "OPERATIONAL_KIND_STORE_PAUSED" => Ok(OperationalKind::StorePaused),
                    "OPERATIONAL_KIND_POLICY_BROKEN" => Ok(OperationalKind::PolicyBroken),
                    "OPERATIONAL_KIND_POLICY_SPENT" => Ok(OperationalKind::PolicySpent),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for OrderOutcome {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ORDER_OUTCOME_UNSPECIFIED",
            Self::Asked => "ORDER_OUTCOME_ASKED",
            Self::Done => "ORDER_OUTCOME_DONE",
            Self::Failed => "ORDER_OUTCOME_FAILED",
            Self::Refused => "ORDER_OUTCOME_REFUSED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for OrderOutcome {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ORDER_OUTCOME_UNSPECIFIED",
            "ORDER_OUTCOME_ASKED",
            "ORDER_OUTCOME_DONE",
            "ORDER_OUTCOME_FAILED",
            "ORDER_OUTCOME_REFUSED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = OrderOutcome;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ORDER_OUTCOME_UNSPECIFIED" => Ok(OrderOutcome::Unspecified),
                    "ORDER_OUTCOME_ASKED" => Ok(OrderOutcome::Asked),
                    "ORDER_OUTCOME_DONE" => Ok(OrderOutcome::Done),
                    "ORDER_OUTCOME_FAILED" => Ok(OrderOutcome::Failed),
                    "ORDER_OUTCOME_REFUSED" => Ok(OrderOutcome::Refused),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for OrderResult {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.OrderResult", len)?;
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("id", ToString::to_string(&self.id).as_str())?;
        }
        if true {
            let v = OrderOutcome::try_from(self.outcome)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.outcome)))?;
            struct_ser.serialize_field("outcome", &v)?;
        }
        if true {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("unix_ns", ToString::to_string(&self.unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for OrderResult {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "outcome",
            "reason",
            "unix_ns",
            "unixNs",
            "digest",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Outcome,
            Reason,
            UnixNs,
            Digest,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "outcome" => Ok(GeneratedField::Outcome),
                            "reason" => Ok(GeneratedField::Reason),
                            "unixNs" | "unix_ns" => Ok(GeneratedField::UnixNs),
                            "digest" => Ok(GeneratedField::Digest),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = OrderResult;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.OrderResult")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<OrderResult, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut outcome__ = None;
                let mut reason__ = None;
                let mut unix_ns__ = None;
                let mut digest__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Outcome => {
                            if outcome__.is_some() {
                                return Err(serde::de::Error::duplicate_field("outcome"));
                            }
                            outcome__ = Some(map_.next_value::<OrderOutcome>()? as i32);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::UnixNs => {
                            if unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("unixNs"));
                            }
                            unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(OrderResult {
                    id: id__.unwrap_or_default(),
                    outcome: outcome__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    unix_ns: unix_ns__.unwrap_or_default(),
                    digest: digest__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.OrderResult", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Policy {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Policy", len)?;
        if true {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        if true {
            struct_ser.serialize_field("image", &self.image)?;
        }
        if true {
            let v = EnforcementMode::try_from(self.mode)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.mode)))?;
            struct_ser.serialize_field("mode", &v)?;
        }
        if true {
            struct_ser.serialize_field("immutable", &self.immutable)?;
        }
        if true {
            struct_ser.serialize_field("allow_list", &self.allow_list)?;
        }
        if true {
            struct_ser.serialize_field("allowed", &self.allowed)?;
        }
        if true {
            struct_ser.serialize_field("exempt", &self.exempt)?;
        }
        if true {
            struct_ser.serialize_field("kills_per_minute", &self.kills_per_minute)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("promote_after_ns", ToString::to_string(&self.promote_after_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("revision", ToString::to_string(&self.revision).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("since_unix_ns", ToString::to_string(&self.since_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("author", &self.author)?;
        }
        if true {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("observed", ToString::to_string(&self.observed).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("warned", ToString::to_string(&self.warned).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("killed", ToString::to_string(&self.killed).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("spared", ToString::to_string(&self.spared).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("failed", ToString::to_string(&self.failed).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_unix_ns", ToString::to_string(&self.last_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("last", &self.last)?;
        }
        if true {
            let v = ConfirmedAction::try_from(self.on_confirmed_attack)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.on_confirmed_attack)))?;
            struct_ser.serialize_field("on_confirmed_attack", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Policy {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "digest",
            "image",
            "mode",
            "immutable",
            "allow_list",
            "allowList",
            "allowed",
            "exempt",
            "kills_per_minute",
            "killsPerMinute",
            "promote_after_ns",
            "promoteAfterNs",
            "revision",
            "since_unix_ns",
            "sinceUnixNs",
            "author",
            "reason",
            "observed",
            "warned",
            "killed",
            "spared",
            "failed",
            "last_unix_ns",
            "lastUnixNs",
            "last",
            "on_confirmed_attack",
            "onConfirmedAttack",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Digest,
            Image,
            Mode,
            Immutable,
            AllowList,
            Allowed,
            Exempt,
            KillsPerMinute,
            PromoteAfterNs,
            Revision,
            SinceUnixNs,
            Author,
            Reason,
            Observed,
            Warned,
            Killed,
            Spared,
            Failed,
            LastUnixNs,
            Last,
            OnConfirmedAttack,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "digest" => Ok(GeneratedField::Digest),
                            "image" => Ok(GeneratedField::Image),
                            "mode" => Ok(GeneratedField::Mode),
                            "immutable" => Ok(GeneratedField::Immutable),
                            "allowList" | "allow_list" => Ok(GeneratedField::AllowList),
                            "allowed" => Ok(GeneratedField::Allowed),
                            "exempt" => Ok(GeneratedField::Exempt),
                            "killsPerMinute" | "kills_per_minute" => Ok(GeneratedField::KillsPerMinute),
                            "promoteAfterNs" | "promote_after_ns" => Ok(GeneratedField::PromoteAfterNs),
                            "revision" => Ok(GeneratedField::Revision),
                            "sinceUnixNs" | "since_unix_ns" => Ok(GeneratedField::SinceUnixNs),
                            "author" => Ok(GeneratedField::Author),
                            "reason" => Ok(GeneratedField::Reason),
                            "observed" => Ok(GeneratedField::Observed),
                            "warned" => Ok(GeneratedField::Warned),
                            "killed" => Ok(GeneratedField::Killed),
                            "spared" => Ok(GeneratedField::Spared),
                            "failed" => Ok(GeneratedField::Failed),
                            "lastUnixNs" | "last_unix_ns" => Ok(GeneratedField::LastUnixNs),
                            "last" => Ok(GeneratedField::Last),
                            "onConfirmedAttack" | "on_confirmed_attack" => Ok(GeneratedField::OnConfirmedAttack),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Policy;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Policy")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Policy, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut digest__ = None;
                let mut image__ = None;
                let mut mode__ = None;
                let mut immutable__ = None;
                let mut allow_list__ = None;
                let mut allowed__ = None;
                let mut exempt__ = None;
                let mut kills_per_minute__ = None;
                let mut promote_after_ns__ = None;
                let mut revision__ = None;
                let mut since_unix_ns__ = None;
                let mut author__ = None;
                let mut reason__ = None;
                let mut observed__ = None;
                let mut warned__ = None;
                let mut killed__ = None;
                let mut spared__ = None;
                let mut failed__ = None;
                let mut last_unix_ns__ = None;
                let mut last__ = None;
                let mut on_confirmed_attack__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Mode => {
                            if mode__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mode"));
                            }
                            mode__ = Some(map_.next_value::<EnforcementMode>()? as i32);
                        }
                        GeneratedField::Immutable => {
                            if immutable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("immutable"));
                            }
                            immutable__ = Some(map_.next_value()?);
                        }
                        GeneratedField::AllowList => {
                            if allow_list__.is_some() {
                                return Err(serde::de::Error::duplicate_field("allowList"));
                            }
                            allow_list__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Allowed => {
                            if allowed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("allowed"));
                            }
                            allowed__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Exempt => {
                            if exempt__.is_some() {
                                return Err(serde::de::Error::duplicate_field("exempt"));
                            }
                            exempt__ = Some(map_.next_value()?);
                        }
                        GeneratedField::KillsPerMinute => {
                            if kills_per_minute__.is_some() {
                                return Err(serde::de::Error::duplicate_field("killsPerMinute"));
                            }
                            kills_per_minute__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::PromoteAfterNs => {
                            if promote_after_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("promoteAfterNs"));
                            }
                            promote_after_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Revision => {
                            if revision__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revision"));
                            }
                            revision__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::SinceUnixNs => {
                            if since_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sinceUnixNs"));
                            }
                            since_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Author => {
                            if author__.is_some() {
                                return Err(serde::de::Error::duplicate_field("author"));
                            }
                            author__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Observed => {
                            if observed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("observed"));
                            }
                            observed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Warned => {
                            if warned__.is_some() {
                                return Err(serde::de::Error::duplicate_field("warned"));
                            }
                            warned__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Killed => {
                            if killed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("killed"));
                            }
                            killed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Spared => {
                            if spared__.is_some() {
                                return Err(serde::de::Error::duplicate_field("spared"));
                            }
                            spared__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Failed => {
                            if failed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("failed"));
                            }
                            failed__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastUnixNs => {
                            if last_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastUnixNs"));
                            }
                            last_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Last => {
                            if last__.is_some() {
                                return Err(serde::de::Error::duplicate_field("last"));
                            }
                            last__ = Some(map_.next_value()?);
                        }
                        GeneratedField::OnConfirmedAttack => {
                            if on_confirmed_attack__.is_some() {
                                return Err(serde::de::Error::duplicate_field("onConfirmedAttack"));
                            }
                            on_confirmed_attack__ = Some(map_.next_value::<ConfirmedAction>()? as i32);
                        }
                    }
                }
                Ok(Policy {
                    digest: digest__.unwrap_or_default(),
                    image: image__.unwrap_or_default(),
                    mode: mode__.unwrap_or_default(),
                    immutable: immutable__.unwrap_or_default(),
                    allow_list: allow_list__.unwrap_or_default(),
                    allowed: allowed__.unwrap_or_default(),
                    exempt: exempt__.unwrap_or_default(),
                    kills_per_minute: kills_per_minute__.unwrap_or_default(),
                    promote_after_ns: promote_after_ns__.unwrap_or_default(),
                    revision: revision__.unwrap_or_default(),
                    since_unix_ns: since_unix_ns__.unwrap_or_default(),
                    author: author__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    observed: observed__.unwrap_or_default(),
                    warned: warned__.unwrap_or_default(),
                    killed: killed__.unwrap_or_default(),
                    spared: spared__.unwrap_or_default(),
                    failed: failed__.unwrap_or_default(),
                    last_unix_ns: last_unix_ns__.unwrap_or_default(),
                    last: last__.unwrap_or_default(),
                    on_confirmed_attack: on_confirmed_attack__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Policy", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Probabilities {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Probabilities", len)?;
        if true {
            struct_ser.serialize_field("normal", &self.normal)?;
        }
        if true {
            struct_ser.serialize_field("drift", &self.drift)?;
        }
        if true {
            struct_ser.serialize_field("attack", &self.attack)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Probabilities {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "normal",
            "drift",
            "attack",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Normal,
            Drift,
            Attack,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "normal" => Ok(GeneratedField::Normal),
                            "drift" => Ok(GeneratedField::Drift),
                            "attack" => Ok(GeneratedField::Attack),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Probabilities;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Probabilities")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Probabilities, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut normal__ = None;
                let mut drift__ = None;
                let mut attack__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Normal => {
                            if normal__.is_some() {
                                return Err(serde::de::Error::duplicate_field("normal"));
                            }
                            normal__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Drift => {
                            if drift__.is_some() {
                                return Err(serde::de::Error::duplicate_field("drift"));
                            }
                            drift__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Attack => {
                            if attack__.is_some() {
                                return Err(serde::de::Error::duplicate_field("attack"));
                            }
                            attack__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Probabilities {
                    normal: normal__.unwrap_or_default(),
                    drift: drift__.unwrap_or_default(),
                    attack: attack__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Probabilities", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProbeKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "PROBE_KIND_UNSPECIFIED",
            Self::Healthcheck => "PROBE_KIND_HEALTHCHECK",
            Self::Liveness => "PROBE_KIND_LIVENESS",
            Self::Readiness => "PROBE_KIND_READINESS",
            Self::Startup => "PROBE_KIND_STARTUP",
            Self::PostStart => "PROBE_KIND_POST_START",
            Self::PreStop => "PROBE_KIND_PRE_STOP",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for ProbeKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "PROBE_KIND_UNSPECIFIED",
            "PROBE_KIND_HEALTHCHECK",
            "PROBE_KIND_LIVENESS",
            "PROBE_KIND_READINESS",
            "PROBE_KIND_STARTUP",
            "PROBE_KIND_POST_START",
            "PROBE_KIND_PRE_STOP",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = ProbeKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "PROBE_KIND_UNSPECIFIED" => Ok(ProbeKind::Unspecified),
                    "PROBE_KIND_HEALTHCHECK" => Ok(ProbeKind::Healthcheck),
                    "PROBE_KIND_LIVENESS" => Ok(ProbeKind::Liveness),
                    "PROBE_KIND_READINESS" => Ok(ProbeKind::Readiness),
                    "PROBE_KIND_STARTUP" => Ok(ProbeKind::Startup),
                    "PROBE_KIND_POST_START" => Ok(ProbeKind::PostStart),
                    "PROBE_KIND_PRE_STOP" => Ok(ProbeKind::PreStop),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for RemovePolicyResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.RemovePolicyResponse", len)?;
        if true {
            struct_ser.serialize_field("digest", &self.digest)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RemovePolicyResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "digest",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Digest,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "digest" => Ok(GeneratedField::Digest),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RemovePolicyResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.RemovePolicyResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RemovePolicyResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut digest__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Digest => {
                            if digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("digest"));
                            }
                            digest__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(RemovePolicyResponse {
                    digest: digest__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.RemovePolicyResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Resolution {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "RESOLUTION_UNSPECIFIED",
            Self::FalsePositive => "RESOLUTION_FALSE_POSITIVE",
            Self::DriftAccepted => "RESOLUTION_DRIFT_ACCEPTED",
            Self::AttackConfirmed => "RESOLUTION_ATTACK_CONFIRMED",
            Self::DealtWith => "RESOLUTION_DEALT_WITH",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Resolution {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "RESOLUTION_UNSPECIFIED",
            "RESOLUTION_FALSE_POSITIVE",
            "RESOLUTION_DRIFT_ACCEPTED",
            "RESOLUTION_ATTACK_CONFIRMED",
            "RESOLUTION_DEALT_WITH",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Resolution;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "RESOLUTION_UNSPECIFIED" => Ok(Resolution::Unspecified),
                    "RESOLUTION_FALSE_POSITIVE" => Ok(Resolution::FalsePositive),
                    "RESOLUTION_DRIFT_ACCEPTED" => Ok(Resolution::DriftAccepted),
                    "RESOLUTION_ATTACK_CONFIRMED" => Ok(Resolution::AttackConfirmed),
                    "RESOLUTION_DEALT_WITH" => Ok(Resolution::DealtWith),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Revocation {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Revocation", len)?;
        if true {
            struct_ser.serialize_field("author", &self.author)?;
        }
        if true {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("revoked_unix_ns", ToString::to_string(&self.revoked_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("request_id", &self.request_id)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Revocation {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "author",
            "reason",
            "revoked_unix_ns",
            "revokedUnixNs",
            "request_id",
            "requestId",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Author,
            Reason,
            RevokedUnixNs,
            RequestId,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "author" => Ok(GeneratedField::Author),
                            "reason" => Ok(GeneratedField::Reason),
                            "revokedUnixNs" | "revoked_unix_ns" => Ok(GeneratedField::RevokedUnixNs),
                            "requestId" | "request_id" => Ok(GeneratedField::RequestId),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Revocation;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Revocation")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Revocation, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut author__ = None;
                let mut reason__ = None;
                let mut revoked_unix_ns__ = None;
                let mut request_id__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Author => {
                            if author__.is_some() {
                                return Err(serde::de::Error::duplicate_field("author"));
                            }
                            author__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RevokedUnixNs => {
                            if revoked_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("revokedUnixNs"));
                            }
                            revoked_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::RequestId => {
                            if request_id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestId"));
                            }
                            request_id__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Revocation {
                    author: author__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    revoked_unix_ns: revoked_unix_ns__.unwrap_or_default(),
                    request_id: request_id__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Revocation", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Role {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "ROLE_UNSPECIFIED",
            Self::Collector => "ROLE_COLLECTOR",
            Self::Viewer => "ROLE_VIEWER",
            Self::Analyst => "ROLE_ANALYST",
            Self::Admin => "ROLE_ADMIN",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Role {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "ROLE_UNSPECIFIED",
            "ROLE_COLLECTOR",
            "ROLE_VIEWER",
            "ROLE_ANALYST",
            "ROLE_ADMIN",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Role;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "ROLE_UNSPECIFIED" => Ok(Role::Unspecified),
                    "ROLE_COLLECTOR" => Ok(Role::Collector),
                    "ROLE_VIEWER" => Ok(Role::Viewer),
                    "ROLE_ANALYST" => Ok(Role::Analyst),
                    "ROLE_ADMIN" => Ok(Role::Admin),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for SocketAction {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "SOCKET_ACTION_UNSPECIFIED",
            Self::Listen => "SOCKET_ACTION_LISTEN",
            Self::Connect => "SOCKET_ACTION_CONNECT",
            Self::Accept => "SOCKET_ACTION_ACCEPT",
            Self::Send => "SOCKET_ACTION_SEND",
            Self::Receive => "SOCKET_ACTION_RECEIVE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for SocketAction {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "SOCKET_ACTION_UNSPECIFIED",
            "SOCKET_ACTION_LISTEN",
            "SOCKET_ACTION_CONNECT",
            "SOCKET_ACTION_ACCEPT",
            "SOCKET_ACTION_SEND",
            "SOCKET_ACTION_RECEIVE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = SocketAction;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "SOCKET_ACTION_UNSPECIFIED" => Ok(SocketAction::Unspecified),
                    "SOCKET_ACTION_LISTEN" => Ok(SocketAction::Listen),
                    "SOCKET_ACTION_CONNECT" => Ok(SocketAction::Connect),
                    "SOCKET_ACTION_ACCEPT" => Ok(SocketAction::Accept),
                    "SOCKET_ACTION_SEND" => Ok(SocketAction::Send),
                    "SOCKET_ACTION_RECEIVE" => Ok(SocketAction::Receive),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Status {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Status", len)?;
        if true {
            struct_ser.serialize_field("server_version", &self.server_version)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("started_unix_ns", ToString::to_string(&self.started_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("collectors", &self.collectors)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("images", ToString::to_string(&self.images).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("images_stable", ToString::to_string(&self.images_stable).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("alerts_drift", ToString::to_string(&self.alerts_drift).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("alerts_attack", ToString::to_string(&self.alerts_attack).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("batches_durable", ToString::to_string(&self.batches_durable).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("batches_rejected", ToString::to_string(&self.batches_rejected).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events_lost", ToString::to_string(&self.events_lost).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("images_archived", ToString::to_string(&self.images_archived).as_str())?;
        }
        if true {
            struct_ser.serialize_field("paused", &self.paused)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("paused_since_unix_ns", ToString::to_string(&self.paused_since_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nodes_connected", ToString::to_string(&self.nodes_connected).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nodes_away", ToString::to_string(&self.nodes_away).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("nodes_silent", ToString::to_string(&self.nodes_silent).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("images_learning", ToString::to_string(&self.images_learning).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("images_locked", ToString::to_string(&self.images_locked).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Status {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "server_version",
            "serverVersion",
            "started_unix_ns",
            "startedUnixNs",
            "collectors",
            "images",
            "images_stable",
            "imagesStable",
            "alerts_drift",
            "alertsDrift",
            "alerts_attack",
            "alertsAttack",
            "batches_durable",
            "batchesDurable",
            "batches_rejected",
            "batchesRejected",
            "events_lost",
            "eventsLost",
            "images_archived",
            "imagesArchived",
            "paused",
            "paused_since_unix_ns",
            "pausedSinceUnixNs",
            "nodes_connected",
            "nodesConnected",
            "nodes_away",
            "nodesAway",
            "nodes_silent",
            "nodesSilent",
            "images_learning",
            "imagesLearning",
            "images_locked",
            "imagesLocked",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            ServerVersion,
            StartedUnixNs,
            Collectors,
            Images,
            ImagesStable,
            AlertsDrift,
            AlertsAttack,
            BatchesDurable,
            BatchesRejected,
            EventsLost,
            ImagesArchived,
            Paused,
            PausedSinceUnixNs,
            NodesConnected,
            NodesAway,
            NodesSilent,
            ImagesLearning,
            ImagesLocked,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "serverVersion" | "server_version" => Ok(GeneratedField::ServerVersion),
                            "startedUnixNs" | "started_unix_ns" => Ok(GeneratedField::StartedUnixNs),
                            "collectors" => Ok(GeneratedField::Collectors),
                            "images" => Ok(GeneratedField::Images),
                            "imagesStable" | "images_stable" => Ok(GeneratedField::ImagesStable),
                            "alertsDrift" | "alerts_drift" => Ok(GeneratedField::AlertsDrift),
                            "alertsAttack" | "alerts_attack" => Ok(GeneratedField::AlertsAttack),
                            "batchesDurable" | "batches_durable" => Ok(GeneratedField::BatchesDurable),
                            "batchesRejected" | "batches_rejected" => Ok(GeneratedField::BatchesRejected),
                            "eventsLost" | "events_lost" => Ok(GeneratedField::EventsLost),
                            "imagesArchived" | "images_archived" => Ok(GeneratedField::ImagesArchived),
                            "paused" => Ok(GeneratedField::Paused),
                            "pausedSinceUnixNs" | "paused_since_unix_ns" => Ok(GeneratedField::PausedSinceUnixNs),
                            "nodesConnected" | "nodes_connected" => Ok(GeneratedField::NodesConnected),
                            "nodesAway" | "nodes_away" => Ok(GeneratedField::NodesAway),
                            "nodesSilent" | "nodes_silent" => Ok(GeneratedField::NodesSilent),
                            "imagesLearning" | "images_learning" => Ok(GeneratedField::ImagesLearning),
                            "imagesLocked" | "images_locked" => Ok(GeneratedField::ImagesLocked),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Status;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Status")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Status, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut server_version__ = None;
                let mut started_unix_ns__ = None;
                let mut collectors__ = None;
                let mut images__ = None;
                let mut images_stable__ = None;
                let mut alerts_drift__ = None;
                let mut alerts_attack__ = None;
                let mut batches_durable__ = None;
                let mut batches_rejected__ = None;
                let mut events_lost__ = None;
                let mut images_archived__ = None;
                let mut paused__ = None;
                let mut paused_since_unix_ns__ = None;
                let mut nodes_connected__ = None;
                let mut nodes_away__ = None;
                let mut nodes_silent__ = None;
                let mut images_learning__ = None;
                let mut images_locked__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::ServerVersion => {
                            if server_version__.is_some() {
                                return Err(serde::de::Error::duplicate_field("serverVersion"));
                            }
                            server_version__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StartedUnixNs => {
                            if started_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startedUnixNs"));
                            }
                            started_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Collectors => {
                            if collectors__.is_some() {
                                return Err(serde::de::Error::duplicate_field("collectors"));
                            }
                            collectors__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Images => {
                            if images__.is_some() {
                                return Err(serde::de::Error::duplicate_field("images"));
                            }
                            images__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ImagesStable => {
                            if images_stable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imagesStable"));
                            }
                            images_stable__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AlertsDrift => {
                            if alerts_drift__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alertsDrift"));
                            }
                            alerts_drift__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::AlertsAttack => {
                            if alerts_attack__.is_some() {
                                return Err(serde::de::Error::duplicate_field("alertsAttack"));
                            }
                            alerts_attack__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BatchesDurable => {
                            if batches_durable__.is_some() {
                                return Err(serde::de::Error::duplicate_field("batchesDurable"));
                            }
                            batches_durable__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::BatchesRejected => {
                            if batches_rejected__.is_some() {
                                return Err(serde::de::Error::duplicate_field("batchesRejected"));
                            }
                            batches_rejected__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EventsLost => {
                            if events_lost__.is_some() {
                                return Err(serde::de::Error::duplicate_field("eventsLost"));
                            }
                            events_lost__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ImagesArchived => {
                            if images_archived__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imagesArchived"));
                            }
                            images_archived__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Paused => {
                            if paused__.is_some() {
                                return Err(serde::de::Error::duplicate_field("paused"));
                            }
                            paused__ = Some(map_.next_value()?);
                        }
                        GeneratedField::PausedSinceUnixNs => {
                            if paused_since_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pausedSinceUnixNs"));
                            }
                            paused_since_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::NodesConnected => {
                            if nodes_connected__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nodesConnected"));
                            }
                            nodes_connected__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::NodesAway => {
                            if nodes_away__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nodesAway"));
                            }
                            nodes_away__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::NodesSilent => {
                            if nodes_silent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nodesSilent"));
                            }
                            nodes_silent__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ImagesLearning => {
                            if images_learning__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imagesLearning"));
                            }
                            images_learning__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ImagesLocked => {
                            if images_locked__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imagesLocked"));
                            }
                            images_locked__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Status {
                    server_version: server_version__.unwrap_or_default(),
                    started_unix_ns: started_unix_ns__.unwrap_or_default(),
                    collectors: collectors__.unwrap_or_default(),
                    images: images__.unwrap_or_default(),
                    images_stable: images_stable__.unwrap_or_default(),
                    alerts_drift: alerts_drift__.unwrap_or_default(),
                    alerts_attack: alerts_attack__.unwrap_or_default(),
                    batches_durable: batches_durable__.unwrap_or_default(),
                    batches_rejected: batches_rejected__.unwrap_or_default(),
                    events_lost: events_lost__.unwrap_or_default(),
                    images_archived: images_archived__.unwrap_or_default(),
                    paused: paused__.unwrap_or_default(),
                    paused_since_unix_ns: paused_since_unix_ns__.unwrap_or_default(),
                    nodes_connected: nodes_connected__.unwrap_or_default(),
                    nodes_away: nodes_away__.unwrap_or_default(),
                    nodes_silent: nodes_silent__.unwrap_or_default(),
                    images_learning: images_learning__.unwrap_or_default(),
                    images_locked: images_locked__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Status", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Token {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Token", len)?;
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            let v = Role::try_from(self.role)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.role)))?;
            struct_ser.serialize_field("role", &v)?;
        }
        if true {
            struct_ser.serialize_field("node", &self.node)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("created_unix_ns", ToString::to_string(&self.created_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("expires_unix_ns", ToString::to_string(&self.expires_unix_ns).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Token {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "name",
            "role",
            "node",
            "created_unix_ns",
            "createdUnixNs",
            "expires_unix_ns",
            "expiresUnixNs",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Name,
            Role,
            Node,
            CreatedUnixNs,
            ExpiresUnixNs,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "name" => Ok(GeneratedField::Name),
                            "role" => Ok(GeneratedField::Role),
                            "node" => Ok(GeneratedField::Node),
                            "createdUnixNs" | "created_unix_ns" => Ok(GeneratedField::CreatedUnixNs),
                            "expiresUnixNs" | "expires_unix_ns" => Ok(GeneratedField::ExpiresUnixNs),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Token;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Token")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Token, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut name__ = None;
                let mut role__ = None;
                let mut node__ = None;
                let mut created_unix_ns__ = None;
                let mut expires_unix_ns__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Role => {
                            if role__.is_some() {
                                return Err(serde::de::Error::duplicate_field("role"));
                            }
                            role__ = Some(map_.next_value::<Role>()? as i32);
                        }
                        GeneratedField::Node => {
                            if node__.is_some() {
                                return Err(serde::de::Error::duplicate_field("node"));
                            }
                            node__ = Some(map_.next_value()?);
                        }
                        GeneratedField::CreatedUnixNs => {
                            if created_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("createdUnixNs"));
                            }
                            created_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::ExpiresUnixNs => {
                            if expires_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("expiresUnixNs"));
                            }
                            expires_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(Token {
                    name: name__.unwrap_or_default(),
                    role: role__.unwrap_or_default(),
                    node: node__.unwrap_or_default(),
                    created_unix_ns: created_unix_ns__.unwrap_or_default(),
                    expires_unix_ns: expires_unix_ns__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Token", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Triage {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Triage", len)?;
        if true {
            let v = TriageState::try_from(self.state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.state)))?;
            struct_ser.serialize_field("state", &v)?;
        }
        if true {
            let v = Resolution::try_from(self.resolution)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.resolution)))?;
            struct_ser.serialize_field("resolution", &v)?;
        }
        if true {
            struct_ser.serialize_field("assignee", &self.assignee)?;
        }
        if true {
            struct_ser.serialize_field("note", &self.note)?;
        }
        if true {
            struct_ser.serialize_field("author", &self.author)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("changed_unix_ns", ToString::to_string(&self.changed_unix_ns).as_str())?;
        }
        if true {
            let v = Verdict::try_from(self.verdict)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.verdict)))?;
            struct_ser.serialize_field("verdict", &v)?;
        }
        if true {
            struct_ser.serialize_field("escalated", &self.escalated)?;
        }
        if true {
            struct_ser.serialize_field("request_ids", &self.request_ids)?;
        }
        if let Some(v) = self.containment.as_ref() {
            struct_ser.serialize_field("containment", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Triage {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "state",
            "resolution",
            "assignee",
            "note",
            "author",
            "changed_unix_ns",
            "changedUnixNs",
            "verdict",
            "escalated",
            "request_ids",
            "requestIds",
            "containment",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            State,
            Resolution,
            Assignee,
            Note,
            Author,
            ChangedUnixNs,
            Verdict,
            Escalated,
            RequestIds,
            Containment,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "state" => Ok(GeneratedField::State),
                            "resolution" => Ok(GeneratedField::Resolution),
                            "assignee" => Ok(GeneratedField::Assignee),
                            "note" => Ok(GeneratedField::Note),
                            "author" => Ok(GeneratedField::Author),
                            "changedUnixNs" | "changed_unix_ns" => Ok(GeneratedField::ChangedUnixNs),
                            "verdict" => Ok(GeneratedField::Verdict),
                            "escalated" => Ok(GeneratedField::Escalated),
                            "requestIds" | "request_ids" => Ok(GeneratedField::RequestIds),
                            "containment" => Ok(GeneratedField::Containment),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Triage;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Triage")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Triage, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut state__ = None;
                let mut resolution__ = None;
                let mut assignee__ = None;
                let mut note__ = None;
                let mut author__ = None;
                let mut changed_unix_ns__ = None;
                let mut verdict__ = None;
                let mut escalated__ = None;
                let mut request_ids__ = None;
                let mut containment__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::State => {
                            if state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("state"));
                            }
                            state__ = Some(map_.next_value::<TriageState>()? as i32);
                        }
                        GeneratedField::Resolution => {
                            if resolution__.is_some() {
                                return Err(serde::de::Error::duplicate_field("resolution"));
                            }
                            resolution__ = Some(map_.next_value::<Resolution>()? as i32);
                        }
                        GeneratedField::Assignee => {
                            if assignee__.is_some() {
                                return Err(serde::de::Error::duplicate_field("assignee"));
                            }
                            assignee__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Note => {
                            if note__.is_some() {
                                return Err(serde::de::Error::duplicate_field("note"));
                            }
                            note__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Author => {
                            if author__.is_some() {
                                return Err(serde::de::Error::duplicate_field("author"));
                            }
                            author__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ChangedUnixNs => {
                            if changed_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("changedUnixNs"));
                            }
                            changed_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Verdict => {
                            if verdict__.is_some() {
                                return Err(serde::de::Error::duplicate_field("verdict"));
                            }
                            verdict__ = Some(map_.next_value::<Verdict>()? as i32);
                        }
                        GeneratedField::Escalated => {
                            if escalated__.is_some() {
                                return Err(serde::de::Error::duplicate_field("escalated"));
                            }
                            escalated__ = Some(map_.next_value()?);
                        }
                        GeneratedField::RequestIds => {
                            if request_ids__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestIds"));
                            }
                            request_ids__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Containment => {
                            if containment__.is_some() {
                                return Err(serde::de::Error::duplicate_field("containment"));
                            }
                            containment__ = map_.next_value()?;
                        }
                    }
                }
                Ok(Triage {
                    state: state__.unwrap_or_default(),
                    resolution: resolution__.unwrap_or_default(),
                    assignee: assignee__.unwrap_or_default(),
                    note: note__.unwrap_or_default(),
                    author: author__.unwrap_or_default(),
                    changed_unix_ns: changed_unix_ns__.unwrap_or_default(),
                    verdict: verdict__.unwrap_or_default(),
                    escalated: escalated__.unwrap_or_default(),
                    request_ids: request_ids__.unwrap_or_default(),
                    containment: containment__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Triage", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for TriageState {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "TRIAGE_STATE_UNSPECIFIED",
            Self::New => "TRIAGE_STATE_NEW",
            Self::Acknowledged => "TRIAGE_STATE_ACKNOWLEDGED",
            Self::Resolved => "TRIAGE_STATE_RESOLVED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for TriageState {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "TRIAGE_STATE_UNSPECIFIED",
            "TRIAGE_STATE_NEW",
            "TRIAGE_STATE_ACKNOWLEDGED",
            "TRIAGE_STATE_RESOLVED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = TriageState;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "TRIAGE_STATE_UNSPECIFIED" => Ok(TriageState::Unspecified),
                    "TRIAGE_STATE_NEW" => Ok(TriageState::New),
                    "TRIAGE_STATE_ACKNOWLEDGED" => Ok(TriageState::Acknowledged),
                    "TRIAGE_STATE_RESOLVED" => Ok(TriageState::Resolved),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Upkeep {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.Upkeep", len)?;
        if true {
            let v = UpkeepKind::try_from(self.kind)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.kind)))?;
            struct_ser.serialize_field("kind", &v)?;
        }
        if true {
            struct_ser.serialize_field("dimensions", &self.dimensions)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("forgotten", ToString::to_string(&self.forgotten).as_str())?;
        }
        if true {
            struct_ser.serialize_field("author", &self.author)?;
        }
        if true {
            struct_ser.serialize_field("reason", &self.reason)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("changed_unix_ns", ToString::to_string(&self.changed_unix_ns).as_str())?;
        }
        if true {
            struct_ser.serialize_field("request_ids", &self.request_ids)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Upkeep {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "kind",
            "dimensions",
            "forgotten",
            "author",
            "reason",
            "changed_unix_ns",
            "changedUnixNs",
            "request_ids",
            "requestIds",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Kind,
            Dimensions,
            Forgotten,
            Author,
            Reason,
            ChangedUnixNs,
            RequestIds,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "kind" => Ok(GeneratedField::Kind),
                            "dimensions" => Ok(GeneratedField::Dimensions),
                            "forgotten" => Ok(GeneratedField::Forgotten),
                            "author" => Ok(GeneratedField::Author),
                            "reason" => Ok(GeneratedField::Reason),
                            "changedUnixNs" | "changed_unix_ns" => Ok(GeneratedField::ChangedUnixNs),
                            "requestIds" | "request_ids" => Ok(GeneratedField::RequestIds),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Upkeep;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.Upkeep")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Upkeep, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                let mut dimensions__ = None;
                let mut forgotten__ = None;
                let mut author__ = None;
                let mut reason__ = None;
                let mut changed_unix_ns__ = None;
                let mut request_ids__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Kind => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("kind"));
                            }
                            kind__ = Some(map_.next_value::<UpkeepKind>()? as i32);
                        }
                        GeneratedField::Dimensions => {
                            if dimensions__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dimensions"));
                            }
                            dimensions__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Forgotten => {
                            if forgotten__.is_some() {
                                return Err(serde::de::Error::duplicate_field("forgotten"));
                            }
                            forgotten__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Author => {
                            if author__.is_some() {
                                return Err(serde::de::Error::duplicate_field("author"));
                            }
                            author__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Reason => {
                            if reason__.is_some() {
                                return Err(serde::de::Error::duplicate_field("reason"));
                            }
                            reason__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ChangedUnixNs => {
                            if changed_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("changedUnixNs"));
                            }
                            changed_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::RequestIds => {
                            if request_ids__.is_some() {
                                return Err(serde::de::Error::duplicate_field("requestIds"));
                            }
                            request_ids__ = Some(map_.next_value()?);
                        }
                    }
                }
                Ok(Upkeep {
                    kind: kind__.unwrap_or_default(),
                    dimensions: dimensions__.unwrap_or_default(),
                    forgotten: forgotten__.unwrap_or_default(),
                    author: author__.unwrap_or_default(),
                    reason: reason__.unwrap_or_default(),
                    changed_unix_ns: changed_unix_ns__.unwrap_or_default(),
                    request_ids: request_ids__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.Upkeep", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for UpkeepKind {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "UPKEEP_KIND_UNSPECIFIED",
            Self::Locked => "UPKEEP_KIND_LOCKED",
            Self::Unlocked => "UPKEEP_KIND_UNLOCKED",
            Self::Reset => "UPKEEP_KIND_RESET",
            Self::Archived => "UPKEEP_KIND_ARCHIVED",
            Self::Taught => "UPKEEP_KIND_TAUGHT",
            Self::Declared => "UPKEEP_KIND_DECLARED",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for UpkeepKind {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "UPKEEP_KIND_UNSPECIFIED",
            "UPKEEP_KIND_LOCKED",
            "UPKEEP_KIND_UNLOCKED",
            "UPKEEP_KIND_RESET",
            "UPKEEP_KIND_ARCHIVED",
            "UPKEEP_KIND_TAUGHT",
            "UPKEEP_KIND_DECLARED",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = UpkeepKind;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "UPKEEP_KIND_UNSPECIFIED" => Ok(UpkeepKind::Unspecified),
                    "UPKEEP_KIND_LOCKED" => Ok(UpkeepKind::Locked),
                    "UPKEEP_KIND_UNLOCKED" => Ok(UpkeepKind::Unlocked),
                    "UPKEEP_KIND_RESET" => Ok(UpkeepKind::Reset),
                    "UPKEEP_KIND_ARCHIVED" => Ok(UpkeepKind::Archived),
                    "UPKEEP_KIND_TAUGHT" => Ok(UpkeepKind::Taught),
                    "UPKEEP_KIND_DECLARED" => Ok(UpkeepKind::Declared),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Verdict {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::Unspecified => "VERDICT_UNSPECIFIED",
            Self::Normal => "VERDICT_NORMAL",
            Self::Drift => "VERDICT_DRIFT",
            Self::Attack => "VERDICT_ATTACK",
            Self::Operational => "VERDICT_OPERATIONAL",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for Verdict {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "VERDICT_UNSPECIFIED",
            "VERDICT_NORMAL",
            "VERDICT_DRIFT",
            "VERDICT_ATTACK",
            "VERDICT_OPERATIONAL",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = Verdict;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok())
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "VERDICT_UNSPECIFIED" => Ok(Verdict::Unspecified),
                    "VERDICT_NORMAL" => Ok(Verdict::Normal),
                    "VERDICT_DRIFT" => Ok(Verdict::Drift),
                    "VERDICT_ATTACK" => Ok(Verdict::Attack),
                    "VERDICT_OPERATIONAL" => Ok(Verdict::Operational),
                    _ => Err(serde::de::Error::unknown_variant(value, FIELDS)),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for WatchResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.kind.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.WatchResponse", len)?;
        if let Some(v) = self.kind.as_ref() {
            match v {
                watch_response::Kind::Change(v) => {
                    struct_ser.serialize_field("change", v)?;
                }
                watch_response::Kind::Progress(v) => {
                    struct_ser.serialize_field("progress", v)?;
                }
                watch_response::Kind::Gap(v) => {
                    struct_ser.serialize_field("gap", v)?;
                }
                watch_response::Kind::Early(v) => {
                    struct_ser.serialize_field("early", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WatchResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "change",
            "progress",
            "gap",
            "early",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Change,
            Progress,
            Gap,
            Early,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "change" => Ok(GeneratedField::Change),
                            "progress" => Ok(GeneratedField::Progress),
                            "gap" => Ok(GeneratedField::Gap),
                            "early" => Ok(GeneratedField::Early),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WatchResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.WatchResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WatchResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut kind__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Change => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("change"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_response::Kind::Change)
;
                        }
                        GeneratedField::Progress => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("progress"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_response::Kind::Progress)
;
                        }
                        GeneratedField::Gap => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gap"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_response::Kind::Gap)
;
                        }
                        GeneratedField::Early => {
                            if kind__.is_some() {
                                return Err(serde::de::Error::duplicate_field("early"));
                            }
                            kind__ = map_.next_value::<::std::option::Option<_>>()?.map(watch_response::Kind::Early)
;
                        }
                    }
                }
                Ok(WatchResponse {
                    kind: kind__,
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.WatchResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for WatchedContainer {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        if true {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("plumbline.v1.WatchedContainer", len)?;
        if true {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if true {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if true {
            struct_ser.serialize_field("namespace", &self.namespace)?;
        }
        if true {
            struct_ser.serialize_field("image_digest", &self.image_digest)?;
        }
        if true {
            struct_ser.serialize_field("image_repository", &self.image_repository)?;
        }
        if true {
            struct_ser.serialize_field("image_tag", &self.image_tag)?;
        }
        if true {
            struct_ser.serialize_field("node", &self.node)?;
        }
        if true {
            let v = NodeState::try_from(self.node_state)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.node_state)))?;
            struct_ser.serialize_field("node_state", &v)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("started_unix_ns", ToString::to_string(&self.started_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("first_heard_unix_ns", ToString::to_string(&self.first_heard_unix_ns).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("last_heard_unix_ns", ToString::to_string(&self.last_heard_unix_ns).as_str())?;
        }
        if true {
            let v = Coverage::try_from(self.coverage)
                .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", self.coverage)))?;
            struct_ser.serialize_field("coverage", &v)?;
        }
        if true {
            let v = self.untold.iter().cloned().map(|v| {
                Aspect::try_from(v)
                    .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", v)))
                }).collect::<std::result::Result<Vec<_>, _>>()?;
            struct_ser.serialize_field("untold", &v)?;
        }
        if true {
            struct_ser.serialize_field("start_missed", &self.start_missed)?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("windows", ToString::to_string(&self.windows).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("windows_lossy", ToString::to_string(&self.windows_lossy).as_str())?;
        }
        if true {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("events_lost", ToString::to_string(&self.events_lost).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for WatchedContainer {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "name",
            "namespace",
            "image_digest",
            "imageDigest",
            "image_repository",
            "imageRepository",
            "image_tag",
            "imageTag",
            "node",
            "node_state",
            "nodeState",
            "started_unix_ns",
            "startedUnixNs",
            "first_heard_unix_ns",
            "firstHeardUnixNs",
            "last_heard_unix_ns",
            "lastHeardUnixNs",
            "coverage",
            "untold",
            "start_missed",
            "startMissed",
            "windows",
            "windows_lossy",
            "windowsLossy",
            "events_lost",
            "eventsLost",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Name,
            Namespace,
            ImageDigest,
            ImageRepository,
            ImageTag,
            Node,
            NodeState,
            StartedUnixNs,
            FirstHeardUnixNs,
            LastHeardUnixNs,
            Coverage,
            Untold,
            StartMissed,
            Windows,
            WindowsLossy,
            EventsLost,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "name" => Ok(GeneratedField::Name),
                            "namespace" => Ok(GeneratedField::Namespace),
                            "imageDigest" | "image_digest" => Ok(GeneratedField::ImageDigest),
                            "imageRepository" | "image_repository" => Ok(GeneratedField::ImageRepository),
                            "imageTag" | "image_tag" => Ok(GeneratedField::ImageTag),
                            "node" => Ok(GeneratedField::Node),
                            "nodeState" | "node_state" => Ok(GeneratedField::NodeState),
                            "startedUnixNs" | "started_unix_ns" => Ok(GeneratedField::StartedUnixNs),
                            "firstHeardUnixNs" | "first_heard_unix_ns" => Ok(GeneratedField::FirstHeardUnixNs),
                            "lastHeardUnixNs" | "last_heard_unix_ns" => Ok(GeneratedField::LastHeardUnixNs),
                            "coverage" => Ok(GeneratedField::Coverage),
                            "untold" => Ok(GeneratedField::Untold),
                            "startMissed" | "start_missed" => Ok(GeneratedField::StartMissed),
                            "windows" => Ok(GeneratedField::Windows),
                            "windowsLossy" | "windows_lossy" => Ok(GeneratedField::WindowsLossy),
                            "eventsLost" | "events_lost" => Ok(GeneratedField::EventsLost),
                            _ => Err(serde::de::Error::unknown_field(value, FIELDS)),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = WatchedContainer;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct plumbline.v1.WatchedContainer")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<WatchedContainer, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut name__ = None;
                let mut namespace__ = None;
                let mut image_digest__ = None;
                let mut image_repository__ = None;
                let mut image_tag__ = None;
                let mut node__ = None;
                let mut node_state__ = None;
                let mut started_unix_ns__ = None;
                let mut first_heard_unix_ns__ = None;
                let mut last_heard_unix_ns__ = None;
                let mut coverage__ = None;
                let mut untold__ = None;
                let mut start_missed__ = None;
                let mut windows__ = None;
                let mut windows_lossy__ = None;
                let mut events_lost__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Namespace => {
                            if namespace__.is_some() {
                                return Err(serde::de::Error::duplicate_field("namespace"));
                            }
                            namespace__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImageDigest => {
                            if image_digest__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imageDigest"));
                            }
                            image_digest__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImageRepository => {
                            if image_repository__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imageRepository"));
                            }
                            image_repository__ = Some(map_.next_value()?);
                        }
                        GeneratedField::ImageTag => {
                            if image_tag__.is_some() {
                                return Err(serde::de::Error::duplicate_field("imageTag"));
                            }
                            image_tag__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Node => {
                            if node__.is_some() {
                                return Err(serde::de::Error::duplicate_field("node"));
                            }
                            node__ = Some(map_.next_value()?);
                        }
                        GeneratedField::NodeState => {
                            if node_state__.is_some() {
                                return Err(serde::de::Error::duplicate_field("nodeState"));
                            }
                            node_state__ = Some(map_.next_value::<NodeState>()? as i32);
                        }
                        GeneratedField::StartedUnixNs => {
                            if started_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startedUnixNs"));
                            }
                            started_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::FirstHeardUnixNs => {
                            if first_heard_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("firstHeardUnixNs"));
                            }
                            first_heard_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::LastHeardUnixNs => {
                            if last_heard_unix_ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("lastHeardUnixNs"));
                            }
                            last_heard_unix_ns__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Coverage => {
                            if coverage__.is_some() {
                                return Err(serde::de::Error::duplicate_field("coverage"));
                            }
                            coverage__ = Some(map_.next_value::<Coverage>()? as i32);
                        }
                        GeneratedField::Untold => {
                            if untold__.is_some() {
                                return Err(serde::de::Error::duplicate_field("untold"));
                            }
                            untold__ = Some(map_.next_value::<Vec<Aspect>>()?.into_iter().map(|x| x as i32).collect());
                        }
                        GeneratedField::StartMissed => {
                            if start_missed__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startMissed"));
                            }
                            start_missed__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Windows => {
                            if windows__.is_some() {
                                return Err(serde::de::Error::duplicate_field("windows"));
                            }
                            windows__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::WindowsLossy => {
                            if windows_lossy__.is_some() {
                                return Err(serde::de::Error::duplicate_field("windowsLossy"));
                            }
                            windows_lossy__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::EventsLost => {
                            if events_lost__.is_some() {
                                return Err(serde::de::Error::duplicate_field("eventsLost"));
                            }
                            events_lost__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                    }
                }
                Ok(WatchedContainer {
                    id: id__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    namespace: namespace__.unwrap_or_default(),
                    image_digest: image_digest__.unwrap_or_default(),
                    image_repository: image_repository__.unwrap_or_default(),
                    image_tag: image_tag__.unwrap_or_default(),
                    node: node__.unwrap_or_default(),
                    node_state: node_state__.unwrap_or_default(),
                    started_unix_ns: started_unix_ns__.unwrap_or_default(),
                    first_heard_unix_ns: first_heard_unix_ns__.unwrap_or_default(),
                    last_heard_unix_ns: last_heard_unix_ns__.unwrap_or_default(),
                    coverage: coverage__.unwrap_or_default(),
                    untold: untold__.unwrap_or_default(),
                    start_missed: start_missed__.unwrap_or_default(),
                    windows: windows__.unwrap_or_default(),
                    windows_lossy: windows_lossy__.unwrap_or_default(),
                    events_lost: events_lost__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("plumbline.v1.WatchedContainer", FIELDS, GeneratedVisitor)
    }
}
