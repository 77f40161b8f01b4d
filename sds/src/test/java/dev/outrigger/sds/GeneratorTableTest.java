package dev.outrigger.sds;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.interfaces.ECPublicKey;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.math.ec.FixedPointPreCompInfo;
import org.bouncycastle.math.ec.FixedPointUtil;
import org.bouncycastle.math.ec.custom.sec.SecP256R1Curve;
import org.junit.jupiter.api.Test;

class GeneratorTableTest {
    private final SecP256R1Curve curve = new SecP256R1Curve();
    private final ECPoint generator = generator();

    @Test
    void theMultiplesAreThoseThatTheLibraryComputes() {
        var computed = FixedPointUtil.precompute(generator);
        var same = generator();
        GeneratorTable.giveTo(same, curve);

        var given = (FixedPointPreCompInfo) curve.precompute(same, FixedPointUtil.PRECOMP_NAME, known -> known);
        assertThat(given.getWidth()).isEqualTo(computed.getWidth());
        assertThat(given.getOffset()).isEqualTo(computed.getOffset());
        var size = computed.getLookupTable().getSize();
        assertThat(given.getLookupTable().getSize()).isEqualTo(size);
        for (int i = 0; i < size; i++) {
            assertThat(given.getLookupTable().lookup(i))
                    .isEqualTo(computed.getLookupTable().lookup(i));
        }
    }

    @Test
    void theLibraryTakesThemAndComputesNoneItself() {
        GeneratorTable.giveTo(generator, curve);
        var given = (FixedPointPreCompInfo) curve.precompute(generator, FixedPointUtil.PRECOMP_NAME, known -> known);

        assertThat(FixedPointUtil.precompute(generator)).isSameAs(given);
    }

    private ECPoint generator() {
        try {
            var key = (ECPublicKey) EllipticCurves.generate("secp256r1").getPublic();
            var at = key.getParams().getGenerator();
            return curve.createPoint(at.getAffineX(), at.getAffineY());
        } catch (java.security.GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }
}
